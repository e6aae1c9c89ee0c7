using SandboxApi.FunctionalTests.Fixtures;
using SandboxApi.Tests;

namespace SandboxApi.SecurityTests.Fixtures;

/// <summary>Test programs of one build that start sandboxes run one after another, whoever starts them.</summary>
public sealed class OneAtATimeTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact(Timeout = 60_000)]
    public async Task A_program_waits_for_the_one_before_it_and_says_so()
    {
        using var directory = new TemporaryDirectory();
        var path = Path.Combine(directory.Path, "lock");
        using var log = new StringWriter();
        var first = (await OneAtATime.TakeAsync(path, log)).ShouldNotBeNull();
        log.ToString().ShouldBe("");

        var waiting = OneAtATime.TakeAsync(path, log);
        (await Task.WhenAny(waiting, Task.Delay(500, Cancel))).ShouldNotBe(waiting);
        log.ToString().ShouldContain($"it holds {path}");
        await first.DisposeAsync();

        (await waiting).ShouldNotBeNull().Dispose();
        log.ToString().ShouldContain("Waited ");
    }

    [Fact]
    public async Task A_program_that_lies_elsewhere_or_may_not_write_waits_for_nobody()
    {
        OneAtATime.PathOf("/opt/suite/").ShouldBeNull();
        (await OneAtATime.TakeAsync(null, TextWriter.Null)).ShouldBeNull();
        (await OneAtATime.TakeAsync("/", TextWriter.Null)).ShouldBeNull();
    }

    [Fact]
    public void All_programs_of_a_build_share_one_lock()
    {
        OneAtATime.PathOf("/home/me/repository/artifacts/bin/A/debug/").ShouldBe("/home/me/repository/artifacts/tests.lock");
        OneAtATime.PathOf("/home/me/repository/artifacts/bin/B/release_linux-x64/").ShouldBe("/home/me/repository/artifacts/tests.lock");
    }
}
