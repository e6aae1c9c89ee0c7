using SandboxApi.Runtime.Doctor;

namespace SandboxApi.Runtime.Tests.Doctor;

public sealed class DataDirectoryTests
{
    [Fact]
    public void It_is_absolute_whatever_the_environment_says()
    {
        var path = DataDirectory.Of(new LocalSandboxOptions(), isRoot: false);

        Path.IsPathFullyQualified(path).ShouldBeTrue();
    }

    [Fact(Timeout = 60_000)]
    public async Task A_sandbox_that_keeps_nothing_does_not_touch_it()
    {
        var data = Path.Combine(Path.GetTempPath(), $"not-there-{Guid.NewGuid():N}");
        try
        {
            await using var sandbox = await LocalSandbox.StartAsync(new LocalSandboxOptions { DataDirectory = data, KeepsNothing = true, PoolSize = 1 }, cancellationToken: TestContext.Current.CancellationToken);
            (await sandbox.ExecuteAsync("echo hi", cancellationToken: TestContext.Current.CancellationToken)).Execution[0].Stdout.ShouldContain("hi");
        }
        catch (PlatformNotSupportedException exception)
        {
            Assert.Skip(exception.Message);
        }

        Directory.Exists(data).ShouldBeFalse();
    }
}
