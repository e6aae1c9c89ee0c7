using SandboxApi.FunctionalTests.Fixtures;
using SandboxApi.Tests;

namespace SandboxApi.SecurityTests.Fixtures;

/// <summary>Where attacks are carried out: a sandbox with one slot, so that the next run gets the slot of the attack, and one with four, for attacks from beside.</summary>
public sealed class Arena : IAsyncLifetime
{
    private readonly OwnPlace place = new();
    private Deployment? one;
    private Deployment? four;

    /// <summary>One slot: every run comes after the one before it, in the same slot.</summary>
    internal Deployment One => Get(one);

    /// <summary>Four slots: runs side by side.</summary>
    internal Deployment Four => Get(four);

    /// <summary>Where both keep their environments, and all temporary files of this program are.</summary>
    internal string DataDirectory => place.Path;

    /// <summary>Why no sandbox can be started on this host; null when one can.</summary>
    internal string? Missing { get; private set; }

    /// <summary>What a clean sandbox of <see cref="One"/> looks like from inside, seen before any attack.</summary>
    internal string Clean { get; private set; } = "";

    /// <summary>How many processes there are when every slot has its sandbox ready.</summary>
    internal string Processes { get; private set; } = "";

    /// <summary>Limits small enough that reaching them takes no time.</summary>
    internal static LocalSandboxOptions Options(string dataDirectory, int poolSize) => new()
    {
        PoolSize = poolSize,
        QueueTimeout = TimeSpan.FromSeconds(60),
        RunTimeout = TimeSpan.FromSeconds(Math.Min(20 * TestHost.Slowness, 120)),
        MemoryLimit = 256L << 20,
        StorageLimit = 32L << 20,
        StorageInodes = 20_000,
        ProcessLimit = 64,
        OutputLimit = 1L << 20,
        DataDirectory = dataDirectory,
    };

    public async ValueTask InitializeAsync()
    {
        await OneAtATime.TurnAsync();

        // Seen by the server's process only: a sandbox that shows it inherits the server's environment.
        Environment.SetEnvironmentVariable("SECURITY_TESTS_SECRET", "must-not-leak");
        try
        {
            one = await Deployment.StartAsync(Options(Path.Combine(place.Path, "one"), 1));
            four = await Deployment.StartAsync(Options(Path.Combine(place.Path, "four"), 4));
        }
        catch (PlatformNotSupportedException exception)
        {
            Missing = exception.Message;
            return;
        }

        Clean = await LookAround.Async(one.Local, CancellationToken.None);
        await RestAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (four is not null)
            await four.DisposeAsync();
        if (one is not null)
            await one.DisposeAsync();
        place.Dispose();
    }

    /// <summary>Waits until all slots are filled, which the number of processes shows: it does not change any more.</summary>
    private async Task RestAsync()
    {
        for (var (same, tries) = (0, 0); same < 10 && tries < 600; tries++)
        {
            await Task.Delay(50);
            var look = HostWatch.Look(DataDirectory);
            var processes = HostWatch.Processes(look);
            same = processes == Processes && HostWatch.IsAtRest(look, processes) ? same + 1 : 0;
            Processes = processes;
        }
    }

    private Deployment Get(Deployment? deployment)
    {
        Assert.SkipWhen(Missing is not null, Missing ?? "");
        return deployment!;
    }
}
