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
}
