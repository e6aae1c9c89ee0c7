using System.Text;
using SandboxApi.FunctionalTests.Fixtures;

namespace SandboxApi.SecurityTests.Fixtures;

/// <summary>
/// What attacks are written with. A test asserts the answer; after each the host must be as it was before, no process of the attack may
/// be left, and the next run in the same slot must find a clean sandbox: that is asserted here, for every test.
/// </summary>
public abstract class AttackTests(Arena arena) : RunningTests, IAsyncLifetime
{
    /// <summary>The longest a test may take, in milliseconds: far beyond what any needs on the slowest host, so that only a hang ends so.</summary>
    protected const int Long = 10 * 60_000;

    private SortedSet<string> before = [];

    /// <summary>The sandbox with one slot.</summary>
    protected override ISandbox Sandbox => arena.One.Local;

    /// <summary>The server over <see cref="Sandbox"/>.</summary>
    protected Uri Url => arena.One.Url;

    /// <summary>The sandbox with four slots, for attacks from beside.</summary>
    protected ISandbox Beside => arena.Four.Local;

    protected Arena Arena => arena;

    public async ValueTask InitializeAsync()
    {
        _ = arena.One;

        // The sandbox that the last test used may be dying, or its successor in the making: the state to come back to has one ready in every slot, and stays.
        await EventuallyAsync(
            () =>
            {
                var last = before;
                before = HostWatch.Look(arena.DataDirectory);
                return Task.FromResult(before.SetEquals(last) && HostWatch.IsAtRest(before, arena.Processes));
            },
            "every slot has a sandbox and nothing changes any more");
    }

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        if (before.Count == 0)
            return;
        LookAround.Differences(arena.Clean, await LookAround.Async(Sandbox, CancellationToken.None)).ShouldBe("", "the next run in the same slot finds a clean sandbox");
        await UnchangedAsync();
    }

    /// <summary>A time in seconds on a plain machine, as long as it may take on this one.</summary>
    protected static TimeSpan Within(double seconds) => TimeSpan.FromSeconds(seconds * TestHost.Slowness);

    /// <summary>The time in seconds by which a thing must have ended that ends by itself within so many on a plain machine: generous, because others work on the machine too.</summary>
    protected static TimeSpan AtMost(double seconds) => 4 * Within(seconds);

    /// <summary>Runs a Python program; skips the test where there is no Python.</summary>
    protected async Task<CommandResult> PythonAsync(string program, TimeSpan? timeout = null)
    {
        await NeedsAsync("python3");
        return await RunOneAsync(new Command("exec python3 -") { Stdin = program, Timeout = timeout });
    }

    /// <summary>Compiles a C program with gcc, statically where libc allows, and runs it; skips the test where there is no gcc.</summary>
    protected async Task<CommandResult> CAsync(string program, string arguments = "", TimeSpan? timeout = null)
    {
        await NeedsAsync("gcc");
        var result = await RunAsync(new Command("gcc -O1 -w -pthread -x c - -o /tmp/attack") { Stdin = program }, new Command($"exec /tmp/attack {arguments}") { Timeout = timeout });
        result.Execution[0].ExitCode.ShouldBe(0, result.Execution[0].Stderr);
        return result.Execution[1];
    }

    /// <summary>A command that feeds a program to an interpreter.</summary>
    protected static Command Feed(string interpreter, string program) => new(interpreter) { Stdin = program };

    private async Task UnchangedAsync()
    {
        // The successor of the last sandbox is made beside the answer: the host is the same again a little later.
        var now = before;
        for (var i = 0; i < 200 * TestHost.Slowness; i++)
        {
            now = HostWatch.Look(arena.DataDirectory);
            if (now.SetEquals(before))
                return;
            await Task.Delay(50, CancellationToken.None);
        }

        var changes = new StringBuilder("the host is not as it was before the attack:\n");
        foreach (var line in before.Except(now))
            changes.Append("- ").AppendLine(line);
        foreach (var line in now.Except(before))
            changes.Append("+ ").AppendLine(line);
        Assert.Fail(changes.ToString());
    }
}
