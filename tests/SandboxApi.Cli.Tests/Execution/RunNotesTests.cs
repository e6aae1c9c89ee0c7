using SandboxApi.Cli.Execution;

namespace SandboxApi.Cli.Tests.Execution;

/// <summary>The number of a limit that was hit.</summary>
public sealed class RunNotesTests
{
    [Theory]
    [InlineData("limit of 256 MiB")]
    [InlineData("limit of 20 MiB", "--memory", "20MiB")]
    public async Task A_servers_limit_is_asked_for_when_it_was_hit(string expected, params string[] args)
    {
        var cli = new Cli();
        cli.Sandbox.OnExecute = (_, _) => Task.FromResult(Results.Of(137, Results.Command("x", exitCode: 137, verdict: Verdict.Memory)));

        (await cli.RunAsync(["exec", "--server", "http://x", .. args, "x"])).Error.ShouldContain(expected);
    }

    [Theory]
    [InlineData(-2)]
    [InlineData(137)]
    public void A_standstill_at_the_memory_limit_is_no_matter_of_time_whoever_ended_it(int exitCode)
    {
        var notes = new RunNotes(ExecutionConfig.Of("x"), new Limits { Memory = 64 << 20 });

        notes.Of(0, Results.Command("x", exitCode, verdict: Verdict.Memory) with { AtMemoryLimit = true })
            .ShouldBe("sandbox: 'x' came to a standstill at its memory limit of 64 MiB: it needs more memory, not more time");
        notes.Of(0, Results.Command("x", 137, verdict: Verdict.Memory) with { AtMemoryLimit = false }).ShouldNotBeNull().ShouldContain("ran out of memory");
    }

    [Theory]
    [InlineData("Command timed out after 0.5 seconds", "", "0.5 s")]
    [InlineData(null, "e\nCommand timed out after 1.0 seconds\n", "1.0 s")]
    [InlineData("Command timed out after 2 seconds", "Command timed out after 1 seconds", "2 s")]
    public void The_time_of_a_timeout_is_the_sandboxs_word(string? message, string stderr, string time)
    {
        var notes = new RunNotes(ExecutionConfig.Of("x"), null);

        notes.Of(0, Results.Command("x", -2, stderr: stderr, verdict: Verdict.Timeout) with { Message = message }).ShouldBe($"sandbox: 'x' was stopped: wall-clock limit of {time}");
    }
}
