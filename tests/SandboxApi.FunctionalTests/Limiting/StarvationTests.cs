using SandboxApi.FunctionalTests.Fixtures;

namespace SandboxApi.FunctionalTests.Limiting;

/// <summary>A command whose memory does not suffice stands still rather than being killed; a limit of time ends it then, and memory is what stopped it.</summary>
public sealed class StarvationTests(Sandboxes sandboxes) : SandboxTests(sandboxes.Local)
{
    private const int Mebibyte = 1 << 20;

    [Theory(Timeout = 3 * Minute)]
    [InlineData(48)]
    [InlineData(96)]
    [InlineData(140)]
    public async Task A_program_whose_mapped_files_do_not_fit_is_stopped_by_memory(int mebibytes)
    {
        TestHost.Needs("memory");
        await NeedsAsync("python3");
        using var files = new ColdFiles();
        var big = await files.MakeAsync("big", 160);
        await using var sandbox = await Subject.StartAsync(options => options.ReadOnlyPaths.Add(files.Path));

        var result = await RunAsync(sandbox, mebibytes, 5, $$"""
            python3 -c '
            import mmap, random
            f = open("{{big}}", "rb")
            m = mmap.mmap(f.fileno(), 0, prot=mmap.PROT_READ)
            while True: m[random.randrange(len(m))]
            '
            """);

        (result.Verdict, result.AtMemoryLimit, result.ExitCode).ShouldBe((Verdict.Memory, true, -2), result.ToString());
        result.Message.ShouldBe("Command timed out after 5 seconds");
    }

    [Fact(Timeout = 5 * Minute)]
    public async Task A_compiler_just_below_what_it_needs_is_stopped_by_memory_each_time()
    {
        TestHost.Needs("memory");
        await NeedsAsync("g++");
        var compiler = (await OutputOfAsync("g++ -print-prog-name=cc1plus")).Trim();
        Assert.SkipUnless(File.Exists(compiler), "the compiler itself cannot be found outside of the sandbox");
        using var files = new ColdFiles();
        var copy = await files.CopyAsync(compiler);
        await using var sandbox = await Subject.StartAsync(options =>
        {
            options.ReadOnlyPaths.Add(files.Path);
            options.MemoryLimit = 512 << 20;
            options.RunTimeout = TimeSpan.FromMinutes(5);
        });
        const string Source = "#include <iostream>\nint main() { std::cout << 1; }";
        var compile = $"g++ -B{files.Path}/ -x c++ -S -o /dev/null - <<'END'\n{Source}\nEND";
        await ColdFiles.ForgetAsync(copy);
        var roomy = await RunAsync(sandbox, 512, 120, compile);
        roomy.Verdict.ShouldBe(Verdict.Ok, roomy.Stderr);
        var need = (int)(roomy.MemoryPeak.ShouldNotBeNull() / Mebibyte);

        // Four times as long as it takes: who is not done then stands still.
        var seconds = Math.Max(3, 4 * roomy.Time.TotalSeconds);
        for (var beyond = -3; beyond <= 3; beyond += 2)
        {
            await ColdFiles.ForgetAsync(copy);
            var result = await RunAsync(sandbox, need + beyond, seconds, compile);

            // A little more than it holds may just suffice; where it does not, memory is why.
            result.Verdict.ShouldNotBeNull().ShouldBeOneOf(beyond > 0 ? [Verdict.Memory, Verdict.Ok] : [Verdict.Memory]);
        }
    }

    [Fact(Timeout = 2 * Minute)]
    public async Task Who_reads_large_files_at_its_limit_and_then_sleeps_is_timed_out()
    {
        TestHost.Needs("memory");
        using var files = new ColdFiles();
        var big = await files.MakeAsync("big", 160);
        await using var sandbox = await Subject.StartAsync(options => options.ReadOnlyPaths.Add(files.Path));

        var result = await RunAsync(sandbox, 32, 3, $"cat {big} {big} > /dev/null; sleep 60");

        (result.Verdict, result.AtMemoryLimit).ShouldBe((Verdict.Timeout, false), result.ToString());
    }

    [Fact(Timeout = 2 * Minute)]
    public async Task Who_reads_large_files_at_its_limit_to_the_end_is_timed_out()
    {
        TestHost.Needs("memory");
        using var files = new ColdFiles();
        var big = await files.MakeAsync("big", 160);
        await using var sandbox = await Subject.StartAsync(options => options.ReadOnlyPaths.Add(files.Path));

        var result = await RunAsync(sandbox, 32, 3, $"while :; do cat {big}; done > /dev/null");

        (result.Verdict, result.AtMemoryLimit).ShouldBe((Verdict.Timeout, false), result.ToString());
    }

    [Theory(Timeout = 2 * Minute)]
    [InlineData("while True: pass")]
    [InlineData("import time; time.sleep(60)")]
    [InlineData("while True: x[:4096] = x[4096:8192]")]
    public async Task Who_is_slow_with_its_memory_almost_full_is_timed_out(string rest)
    {
        TestHost.Needs("memory");
        await NeedsAsync("python3");
        await using var sandbox = await Subject.StartAsync(_ => { });

        var result = await RunAsync(sandbox, 64, 3, $"python3 -c '\nx = bytearray(b\"x\") * (52 << 20)\n{rest}'");

        (result.Verdict, result.AtMemoryLimit).ShouldBe((Verdict.Timeout, false), result.ToString());
    }

    [Fact(Timeout = Minute)]
    public async Task Who_ends_by_itself_keeps_its_verdict()
    {
        var result = await RunOneAsync("true");

        (result.Verdict, result.AtMemoryLimit).ShouldBe((Verdict.Ok, false));
    }

    private static async Task<CommandResult> RunAsync(Dedicated sandbox, int mebibytes, double seconds, string command)
    {
        var config = new ExecutionConfig { Commands = [new Command(command) { Timeout = TimeSpan.FromSeconds(seconds) }], Limits = new Limits { Memory = (long)mebibytes * Mebibyte } };
        return (await RunAsync(sandbox.Sandbox, config)).Execution.ShouldHaveSingleItem();
    }
}
