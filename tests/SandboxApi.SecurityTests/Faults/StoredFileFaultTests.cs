using System.Diagnostics;
using SandboxApi.SecurityTests.Fixtures;
using SandboxApi.SecurityTests.Matrix;

namespace SandboxApi.SecurityTests.Faults;

/// <summary>What was stored is not what it was.</summary>
[Attack(81)]
public sealed class StoredFileFaultTests(Arena arena) : FaultTests(arena)
{
    [Theory(Timeout = Long)]
    [InlineData("cut off", "truncate -s 200 $0")]
    [InlineData("empty", "truncate -s 0 $0")]
    [InlineData("overwritten", "dd if=/dev/zero of=$0 bs=64 seek=1 count=4 conv=notrunc status=none")]
    [InlineData("a directory", "rm $0; mkdir $0")]
    [InlineData("a link to another", "cp $0 $(dirname $0)/other; rm $0; ln -s other $0")]
    [InlineData("a link out", "rm $0; ln -s /etc/passwd $0")]
    [InlineData("a pipe", "rm $0; mkfifo $0")]
    public async Task An_environment_that_was_damaged_is_an_error_of_the_sandbox_and_no_other_run_is_touched(string what, string damage)
    {
        await using var two = await FaultySandbox.StartAsync(2);
        using var client = new SandboxClient(two.Url);
        var damaged = await SaveAsync(two.Local);
        var sound = await SaveAsync(two.Local);

        await ShellAsync(damage, Path.Combine(two.Environments, $"{damaged}.tgz"));

        foreach (var sandbox in (ISandbox[])[two.Local, client])
        {
            var refused = await RefusedAsync(() => RunAsync(sandbox, ExecutionConfig.Of("echo never") with { Environment = damaged }), SandboxErrorCode.Internal);
            refused.Message.ShouldContain("damaged", Case.Sensitive, what);

            // Where the damage shows in the middle of an answer, that is broken off.
            (await Should.ThrowAsync<SandboxException>(() => ReadAsync(sandbox, damaged))).Code.ShouldBeOneOf(SandboxErrorCode.Internal, SandboxErrorCode.Unreachable);
            (await RunAsync(sandbox, ExecutionConfig.Of("cat file | wc -c") with { Environment = sound })).Execution[0].Stdout.ShouldBe("100000");
        }

        FaultEnds();
        await WholeAsync(two.Local, 2);
    }

    [Fact(Timeout = Long)]
    public async Task A_store_whose_directory_went_away_tells_so_and_heals_when_it_is_back()
    {
        await using var two = await FaultySandbox.StartAsync(2);
        var kept = await SaveAsync(two.Local);
        Directory.Move(two.Environments, two.Environments + ".away");

        await RefusedAsync(() => RunAsync(two.Local, ExecutionConfig.Of("echo never") with { Environment = kept }), SandboxErrorCode.Internal);
        await RefusedAsync(() => two.Local.DownloadAsync(kept, null, Cancel), SandboxErrorCode.Internal);
        var refused = await RunAsync(two.Local, ExecutionConfig.Of("echo fine") with { Save = true });
        refused.Status.ShouldBe((int)ExecutionStatus.UnknownError);
        refused.Message!.ShouldStartWith("The environment was not saved.");
        (await RunAsync(two.Local, ExecutionConfig.Of("echo undisturbed"))).Execution[0].Stdout.ShouldBe("undisturbed");

        Directory.Move(two.Environments + ".away", two.Environments);
        FaultEnds();
        (await RunAsync(two.Local, ExecutionConfig.Of("cat file | wc -c") with { Environment = kept })).Execution[0].Stdout.ShouldBe("100000");
        await SaveAsync(two.Local);
        await WholeAsync(two.Local, 2);
    }

    [Fact(Timeout = Long)]
    public async Task A_store_whose_directory_goes_away_while_one_is_saved_leaves_nothing_half_written()
    {
        await using var two = await FaultySandbox.StartAsync(2);
        var run = RunAsync(two.Local, ExecutionConfig.Of("head -c 8000000 /dev/urandom > big") with { Save = true });
        while (!run.IsCompleted && Directory.GetFiles(two.Environments).Length == 0)
            await Task.Yield();

        Directory.Move(two.Environments, two.Environments + ".away");

        var result = await run;
        Directory.Move(two.Environments + ".away", two.Environments);
        FaultEnds();
        if (result.Environment is { } id)
            (await two.Local.CheckAsync(id, "big", Cancel)).ShouldBe(8_000_000);
        else
            result.Message!.ShouldStartWith("The environment was not saved.");
        await SaveAsync(two.Local);
        await WholeAsync(two.Local, 2);
    }

    private static async Task<Guid> SaveAsync(LocalSandbox sandbox) =>
        (await RunAsync(sandbox, ExecutionConfig.Of("head -c 100000 /dev/urandom > file") with { Save = true })).Environment.ShouldNotBeNull();

    private static async Task ReadAsync(ISandbox sandbox, Guid id)
    {
        await using var stream = await sandbox.DownloadAsync(id, "file", Cancel);
        await stream.CopyToAsync(Stream.Null, Cancel);
    }

    private static async Task ShellAsync(string script, string path)
    {
        using var shell = Process.Start("bash", ["-ec", script, path]);
        await shell.WaitForExitAsync(Cancel);
        shell.ExitCode.ShouldBe(0);
    }
}
