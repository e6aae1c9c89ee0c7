using SandboxApi.FunctionalTests.Fixtures;

namespace SandboxApi.FunctionalTests.Limiting;

/// <summary>The most memory a command held: what it took itself and the files it wrote, whatever was read before by whom.</summary>
public sealed class MemoryPeakTests(Sandboxes sandboxes) : SandboxTests(sandboxes.Local)
{
    private const long Mebibyte = 1 << 20;

    [Fact(Timeout = 3 * Minute)]
    public async Task Files_that_are_only_read_do_not_count()
    {
        TestHost.Needs("memory");
        using var files = new ColdFiles();
        var big = await files.MakeAsync("big", 100);
        await using var sandbox = await Subject.StartAsync(options => options.ReadOnlyPaths.Add(files.Path));
        for (var i = 0; i < 3; i++)
        {
            await ColdFiles.ForgetAsync(big);
            var cold = await PeakAsync(sandbox, $"cat {big} | wc -c");
            var warm = await PeakAsync(sandbox, $"cat {big} | wc -c");

            cold.ShouldBeInRange(1, 8 * Mebibyte);
            warm.ShouldBeInRange(1, 8 * Mebibyte);
            Math.Abs(cold - warm).ShouldBeLessThan(2 * Mebibyte, $"cold {cold}, warm {warm}");
        }
    }

    [Fact(Timeout = 3 * Minute)]
    public async Task It_is_the_same_cold_and_warm_within_a_few_per_cent()
    {
        TestHost.Needs("memory");
        await NeedsAsync("python3");
        using var files = new ColdFiles();
        var big = await files.MakeAsync("big", 60);
        await using var sandbox = await Subject.StartAsync(options => options.ReadOnlyPaths.Add(files.Path));
        var program = $$"""
            python3 -c '
            x = bytearray(b"x") * (80 << 20)
            f = open("{{big}}", "rb")
            while f.read(1 << 16): pass
            '
            """;
        _ = await PeakAsync(sandbox, program);
        await ColdFiles.ForgetAsync(big);
        var cold = await PeakAsync(sandbox, program);
        var warm = await PeakAsync(sandbox, program);

        cold.ShouldBeInRange(80 * Mebibyte, 100 * Mebibyte);
        ((double)cold / warm).ShouldBeInRange(0.96, 1.04, $"cold {cold}, warm {warm}");
    }

    [Fact(Timeout = 3 * Minute)]
    public async Task A_burst_of_some_milliseconds_is_seen_though_much_is_read_afterwards()
    {
        TestHost.Needs("memory");
        await NeedsAsync("python3");
        using var files = new ColdFiles();
        var big = await files.MakeAsync("big", 100);
        await using var sandbox = await Subject.StartAsync(options => options.ReadOnlyPaths.Add(files.Path));
        const string Burst = "import mmap, time; m = mmap.mmap(-1, 64 << 20); m.write(b'x' * (64 << 20)); time.sleep(0.02); m.close()";

        var alone = await PeakAsync(sandbox, $"python3 -c \"{Burst}\"");
        var before = await PeakAsync(sandbox, $"python3 -c \"{Burst}; time.sleep(0.3)\"; cat {big} > /dev/null");

        alone.ShouldBeInRange(64 * Mebibyte, 160 * Mebibyte);
        before.ShouldBeInRange(64 * Mebibyte, 160 * Mebibyte);
    }

    [Fact(Timeout = Minute)]
    public async Task Files_that_it_writes_count()
    {
        TestHost.Needs("memory");
        var result = await RunAsync("head -c 40000000 /dev/zero > file", "true");

        result.Execution[0].MemoryPeak.ShouldNotBeNull().ShouldBeInRange(38 * Mebibyte, 60 * Mebibyte);

        // They lie there while the next command runs.
        result.Execution[1].MemoryPeak.ShouldNotBeNull().ShouldBeInRange(38 * Mebibyte, 60 * Mebibyte);
    }

    private static async Task<long> PeakAsync(Dedicated sandbox, string command)
    {
        var result = await RunAsync(sandbox.Sandbox, ExecutionConfig.Of(command));
        result.Status.ShouldBe(0, result.Execution[0].Stderr);
        return result.Execution[0].MemoryPeak.ShouldNotBeNull();
    }
}
