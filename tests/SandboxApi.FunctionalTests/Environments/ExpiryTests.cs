using SandboxApi.FunctionalTests.Fixtures;

namespace SandboxApi.FunctionalTests.Environments;

/// <summary>How long a stored environment is kept.</summary>
public abstract class ExpiryTests(Subject subject) : SandboxTests(subject)
{
    [Fact(Timeout = Minute)]
    public async Task An_expired_environment_is_gone()
    {
        await using var brief = await Subject.StartAsync(options =>
        {
            options.EnvironmentExpiry = TimeSpan.FromSeconds(2);
            options.SweepInterval = TimeSpan.FromSeconds(1);
        });
        var before = TimeProvider.System.GetUtcNow();
        var saved = await RunAsync(brief.Sandbox, ExecutionConfig.Of("echo x > file") with { Save = true });
        var id = saved.Environment.ShouldNotBeNull();
        saved.Expire.ShouldNotBeNull().ShouldBeInRange(before.AddSeconds(1.9), before.AddSeconds(60));

        await EventuallyAsync(async () => await brief.Sandbox.CheckAsync(id, null, Cancel) == 0, "the environment expires");

        await RefusedAsync(() => brief.Sandbox.DownloadAsync(id, null, Cancel), SandboxErrorCode.NotFound);
        await RefusedAsync(() => RunAsync(brief.Sandbox, ExecutionConfig.Of("true") with { Environment = id }), SandboxErrorCode.NotFound);
    }
}

public sealed class LocalExpiryTests(Sandboxes sandboxes) : ExpiryTests(sandboxes.Local);

public sealed class RemoteExpiryTests(Sandboxes sandboxes) : ExpiryTests(sandboxes.Remote);

public sealed class RemoteSyncExpiryTests(Sandboxes sandboxes) : ExpiryTests(sandboxes.RemoteSync);
