namespace SandboxApi.Protocol.Tests.Execution;

public sealed class ExecutionFailedExceptionTests
{
    [Fact]
    public void A_run_that_went_through_is_passed_on()
    {
        var result = Run(0, Command(0));
        result.EnsureSuccess().ShouldBeSameAs(result);
        result.IsSuccess.ShouldBeTrue();
    }

    [Fact]
    public void A_failure_names_the_command_its_status_and_what_it_wrote()
    {
        var result = Run(2, Command(0), Command(2, stderr: "no such file"));
        var exception = Should.Throw<ExecutionFailedException>(() => result.EnsureSuccess());
        exception.Message.ShouldBe("The command 'ls x' ended with status 2: no such file");
        exception.Result.ShouldBeSameAs(result);
    }

    [Theory]
    [InlineData(-2, Verdict.Timeout, "The command 'ls x' timed out.")]
    [InlineData(137, Verdict.Memory, "The command 'ls x' ended with status 137 (Memory).")]
    [InlineData(139, Verdict.Signalled, "The command 'ls x' ended with status 139 (Signalled).")]
    [InlineData(1, Verdict.Failed, "The command 'ls x' ended with status 1.")]
    [InlineData(1, null, "The command 'ls x' ended with status 1.")]
    public void A_verdict_that_says_more_than_the_status_is_named(int status, Verdict? verdict, string message) =>
        new ExecutionFailedException(Run(status, Command(status, verdict: verdict))).Message.ShouldBe(message);

    [Theory]
    [InlineData(-3, "The run left no result file.")]
    [InlineData(-4, "The run's result file is not UTF-8.")]
    public void A_missing_or_unreadable_result_file_is_told_and_no_command_blamed(int status, string message) =>
        new ExecutionFailedException(Run(status, Command(0))).Message.ShouldBe(message);

    [Fact]
    public void A_failure_of_the_sandbox_gives_its_own_words()
    {
        new ExecutionFailedException(Run(-1) with { Message = "the disk is full" }).Message.ShouldBe("The run ended with status -1: the disk is full");
        new ExecutionFailedException(Run(-1, Command(0)) with { Message = "the disk is full" }).Message.ShouldContain("the disk is full");
        new ExecutionFailedException(Run(-1)).Message.ShouldBe("The run ended with status -1.");
    }

    [Fact]
    public void Of_a_long_stderr_the_end_is_told() =>
        new ExecutionFailedException(Run(1, Command(1, stderr: new string('x', 5000) + "END"))).Message.ShouldEndWith("xEND");

    private static ExecutionResult Run(int status, params CommandResult[] commands) => new() { Status = status, Execution = commands, TotalTime = TimeSpan.Zero };

    private static CommandResult Command(int exitCode, string stderr = "", Verdict? verdict = null) =>
        new() { Command = "ls x", ExitCode = exitCode, Stdout = "", Stderr = stderr, Time = TimeSpan.Zero, Verdict = verdict };
}
