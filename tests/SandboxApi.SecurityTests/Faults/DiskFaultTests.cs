using SandboxApi.FunctionalTests.Fixtures;
using SandboxApi.Runtime.Tests.Environments;
using SandboxApi.SecurityTests.Fixtures;
using SandboxApi.SecurityTests.Matrix;

namespace SandboxApi.SecurityTests.Faults;

/// <summary>The disk on which environments or uploads lie has no room left, or may not be written any more.</summary>
[Attack(80)]
public sealed class DiskFaultTests(Arena arena) : FaultTests(arena)
{
    private const int Slots = 4;

    [Theory(Timeout = Long)]
    [InlineData("size=6m", 1_500_000)]
    [InlineData("size=32m,nr_inodes=10", 10)]
    public async Task Saving_onto_a_full_disk_tells_so_and_leaves_nothing_half_written(string room, int bytes)
    {
        using var disk = SmallFileSystem.Mount(room);
        await using var four = await FaultySandbox.StartAsync(Slots, options => options.DataDirectory = disk.Path);
        var store = Path.Combine(disk.Path, "environments");
        List<ExecutionResult> saved = [];
        List<ExecutionResult> refused = [];
        for (var round = 0; round < 8 && refused.Count == 0; round++)
        {
            var saving = Enumerable.Range(0, Slots - 1).Select(_ => SaveAsync(four.Local, bytes)).ToList();
            var other = RunAsync(four.Local, ExecutionConfig.Of("echo undisturbed"));
            foreach (var run in saving)
            {
                var result = await run;
                (result.Environment is null ? refused : saved).Add(result);
            }

            (await other).Execution[0].Stdout.ShouldBe("undisturbed");
        }

        refused.ShouldNotBeEmpty();
        foreach (var result in refused)
        {
            result.Status.ShouldBe((int)ExecutionStatus.UnknownError);
            result.Message!.ShouldContain("the disk of the environment store is full");
            result.Execution[0].ExitCode.ShouldBe(0);
        }

        Directory.GetFiles(store).Length.ShouldBe(saved.Count);
        foreach (var result in saved)
            (await four.Local.CheckAsync(result.Environment!.Value, "file", Cancel)).ShouldBe(bytes);

        // With room again it saves again.
        File.Delete(Path.Combine(store, $"{saved[0].Environment}.tgz"));
        FaultEnds();
        (await SaveAsync(four.Local, bytes)).Environment.ShouldNotBeNull();
        await WholeAsync(four.Local, Slots);
    }

    [Fact(Timeout = Long)]
    public async Task An_upload_onto_a_full_disk_is_refused_with_507_and_smaller_ones_are_taken()
    {
        using var disk = SmallFileSystem.Mount("size=2m");
        await using var serving = await Serving.StartAsync(Slots, "--spool-directory", disk.Path);
        var large = Archive.Of(Archive.File("large", Noise(3 << 20)));
        var small = Archive.Of(Archive.File("small", Noise(1 << 10)));

        for (var i = 0; i < 3; i++)
        {
            var refused = await Should.ThrowAsync<SandboxHttpException>(() => RunAsync(serving.Client, ExecutionConfig.Of("echo never"), large));
            ((int)refused.StatusCode).ShouldBe(507);
            refused.Code.ShouldBe(SandboxErrorCode.Internal);
            refused.Message.ShouldContain("full");
            (await RunAsync(serving.Client, ExecutionConfig.Of("ls"), small)).Execution[0].Stdout.ShouldBe("small");
        }

        FaultEnds();
        await WholeAsync(serving.Client, Slots);
        Directory.GetFileSystemEntries(disk.Path).ShouldBeEmpty();
        new DriveInfo(disk.Path).AvailableFreeSpace.ShouldBeGreaterThan((2 << 20) - (64 << 10), "the room is free again");
    }

    [Fact(Timeout = Long)]
    [Attack(81)]
    public async Task A_store_that_may_not_be_written_any_more_tells_so_and_goes_on_reading()
    {
        using var disk = SmallFileSystem.Mount("size=8m");
        await using var four = await FaultySandbox.StartAsync(Slots, options => options.DataDirectory = disk.Path);
        var kept = (await SaveAsync(four.Local, 100)).Environment!.Value;
        Mount("remount,ro", disk.Path);

        var refused = await SaveAsync(four.Local, 100);

        refused.Environment.ShouldBeNull();
        refused.Status.ShouldBe((int)ExecutionStatus.UnknownError);
        refused.Message!.ShouldStartWith("The environment was not saved.");
        (await RunAsync(four.Local, ExecutionConfig.Of("stat -c %s file") with { Environment = kept })).Execution[0].Stdout.ShouldBe("100");

        Mount("remount,rw", disk.Path);
        FaultEnds();
        (await SaveAsync(four.Local, 100)).Environment.ShouldNotBeNull();
        await WholeAsync(four.Local, Slots);
    }

    private static Task<ExecutionResult> SaveAsync(LocalSandbox sandbox, int bytes) =>
        RunAsync(sandbox, ExecutionConfig.Of($"head -c {bytes} /dev/urandom > file") with { Save = true });

    private static byte[] Noise(int length)
    {
        var bytes = new byte[length];
        new Random(1).NextBytes(bytes);
        return bytes;
    }

    private static void Mount(string options, string path)
    {
        using var mount = System.Diagnostics.Process.Start("mount", ["-o", options, path]);
        mount.WaitForExit();
        mount.ExitCode.ShouldBe(0);
    }
}
