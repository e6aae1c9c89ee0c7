using System.Collections.Concurrent;
using System.Text;

namespace SandboxApi.FunctionalTests.Fixtures;

/// <summary>What tests are written with that run commands, whichever sandbox they use.</summary>
public abstract class RunningTests
{
    /// <summary>The longest a test may take, in milliseconds: a minute of a machine that does nothing else, five by the clock of one that does. Only a hang ends so.</summary>
    protected const int Minute = 5 * 60_000;

    private static readonly ConcurrentDictionary<string, bool> s_installed = new();

    protected static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <summary>Where the commands run.</summary>
    protected abstract ISandbox Sandbox { get; }

    protected Task<ExecutionResult> RunAsync(params Command[] commands) => RunAsync(ExecutionConfig.Of(commands));

    protected Task<ExecutionResult> RunAsync(ExecutionConfig config, byte[]? archive = null) => RunAsync(Sandbox, config, archive);

    /// <summary>Runs a config as it travels, so that numbers are written as the client wrote them.</summary>
    protected Task<ExecutionResult> RunJsonAsync(string json) => RunAsync(ExecutionConfig.Parse(Encoding.UTF8.GetBytes(json)));

    /// <summary>The result of a run's only command.</summary>
    protected async Task<CommandResult> RunOneAsync(Command command) => (await RunAsync(command)).Execution.ShouldHaveSingleItem();

    /// <summary>The output of a command that is expected to succeed.</summary>
    protected async Task<string> OutputOfAsync(string command, byte[]? archive = null)
    {
        var result = await RunAsync(ExecutionConfig.Of(command), archive);
        result.Status.ShouldBe(0, result.Execution.Count > 0 ? result.Execution[0].Stderr : result.Message);
        return result.Execution[0].Stdout;
    }

    /// <summary>Skips the test when a program is not there in the sandbox.</summary>
    protected async Task NeedsAsync(string program)
    {
        if (!s_installed.TryGetValue(program, out var isInstalled))
        {
            isInstalled = (await RunOneAsync($"command -v {program}")).ExitCode == 0;
            s_installed[program] = isInstalled;
        }

        Assert.SkipUnless(isInstalled, $"{program} is not installed inside the sandbox");
    }

    /// <summary>The id of the environment that a run saved.</summary>
    protected async Task<Guid> SaveAsync(string command, byte[]? archive = null) =>
        (await RunAsync(ExecutionConfig.Of(command) with { Save = true }, archive)).Environment.ShouldNotBeNull();

    protected async Task<byte[]> DownloadAsync(Guid environment, string? path = null)
    {
        await using var stream = await Sandbox.DownloadAsync(environment, path, Cancel);
        using var buffer = new MemoryStream();
        await stream.CopyToAsync(buffer, Cancel);
        return buffer.ToArray();
    }

    protected static async Task<ExecutionResult> RunAsync(ISandbox sandbox, ExecutionConfig config, byte[]? archive = null)
    {
        using var stream = archive is null ? null : new MemoryStream(archive);
        return await sandbox.ExecuteAsync(config, stream, Cancel);
    }

    protected static async Task<SandboxException> RefusedAsync(Func<Task> call, SandboxErrorCode code)
    {
        var refused = await Should.ThrowAsync<SandboxException>(call);
        refused.Code.ShouldBe(code, refused.Message);
        refused.Message.ShouldNotBeNullOrWhiteSpace();
        return refused;
    }

    /// <summary>Waits for a state that is bound to come; fails when it does not within two minutes of a plain machine.</summary>
    protected static async Task EventuallyAsync(Func<Task<bool>> state, string what)
    {
        for (var i = 0; i < 2400 * TestHost.Slowness; i++)
        {
            if (await state())
                return;
            await Task.Delay(50, Cancel);
        }

        Assert.Fail("Waited two minutes in vain: " + what);
    }
}
