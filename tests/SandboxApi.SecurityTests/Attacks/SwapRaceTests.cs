using SandboxApi.FunctionalTests.Fixtures;
using SandboxApi.Runtime.Tests.Environments;
using SandboxApi.SecurityTests.Fixtures;
using SandboxApi.SecurityTests.Matrix;

namespace SandboxApi.SecurityTests.Attacks;

/// <summary>Directories and links that change places while the server looks.</summary>
[Attack(5)]
public sealed class SwapRaceTests(Arena arena) : AttackTests(arena)
{
    /// <summary>Exchanges two names as fast as the kernel does, for ever, in a session of its own.</summary>
    private const string Exchange = """
        #define _GNU_SOURCE
        #include <fcntl.h>
        #include <signal.h>
        #include <stdio.h>
        #include <unistd.h>
        int main(int argc, char **argv)
        {
            if (fork()) return 0;
            setsid();
            for (int i = 1; i < 65; i++) signal(i, SIG_IGN);
            for (;;) renameat2(AT_FDCWD, argv[1], AT_FDCWD, argv[2], RENAME_EXCHANGE);
        }
        """;

    private static int Rounds => Math.Max(2, (int)(8 / TestHost.Slowness));

    [Fact(Timeout = Long)]
    public async Task A_directory_that_is_now_and_then_a_link_leads_nowhere_while_the_run_is_collected()
    {
        using var canary = await Canary.PlaceAsync();
        await NeedsAsync("gcc");
        for (var round = 0; round < Rounds; round++)
        {
            var result = await RunAsync(
                ExecutionConfig.Of(
                    new Command("gcc -O1 -w -x c - -o /tmp/exchange") { Stdin = Exchange },
                    canary.Aim("mkdir -p d w; for i in $(seq 200); do mkdir w/$i; echo own > w/$i/canary; done; echo own > d/canary; ln -s NEST e; ln -s CANARY f; echo own > g; /tmp/exchange d e; /tmp/exchange f g; setsid sh -c 'while :; do mv w v; ln -s NEST w; rm w; mv v w; done' > /dev/null 2>&1 &"))
                with { ResultPath = round % 2 == 0 ? "d/canary" : "f", Save = true });

            result.Result.ShouldBeOneOf([null, "own\n"]);
            result.Status.ShouldBe(result.Result is null ? -3 : 0);
            var members = Archive.Read(await DownloadAsync(result.Environment.ShouldNotBeNull()));
            members.ShouldNotContain(member => member.Text.Contains(Canary.Text));
            members.Count.ShouldBeGreaterThan(200);
        }

        await canary.ShouldBeUntouchedAsync();
    }

    [Fact(Timeout = Long)]
    public async Task A_swapper_left_by_the_last_run_does_not_reach_the_unpacking_of_the_next()
    {
        using var canary = await Canary.PlaceAsync();
        await NeedsAsync("gcc");
        var id = await SaveAsync(canary.Aim("mkdir d; ln -s NEST e"));
        for (var round = 0; round < Rounds; round++)
        {
            await RunAsync(new Command("gcc -O1 -w -x c - -o /tmp/exchange") { Stdin = Exchange }, "cd /home/student; mkdir d; ln -s / e; /tmp/exchange d e");

            var next = await RunAsync(ExecutionConfig.Of("cat d/file; ls; stat -c %F d e") with { Environment = id }, new TarBytes().File("d/file", "written").ToTgz());

            next.Execution[0].Stdout.ShouldBe("writtend\ne\ndirectory\nsymbolic link");
        }

        await canary.ShouldBeUntouchedAsync();
    }

    [Fact(Timeout = Long)]
    public async Task Links_and_directories_of_one_name_laid_side_by_side_stay_apart()
    {
        using var canary = await Canary.PlaceAsync();
        var link = await SaveAsync(canary.Aim("ln -s NEST d"), sandbox: Beside);
        var directory = await SaveAsync("mkdir d; echo own > d/canary", sandbox: Beside);

        // The same name is a link in one run and a directory in the next, in the same slots, at the same time.
        await Task.WhenAll(Enumerable.Range(0, 8 * Rounds).Select(async i =>
        {
            if (i % 2 == 0)
            {
                var result = await RunAsync(Beside, ExecutionConfig.Of("cat d/canary d/new") with { Environment = directory, ResultPath = "d/canary" }, new TarBytes().File("d/new", "written").ToTgz());
                result.Execution[0].Stdout.ShouldBe("own\nwritten");
                result.Result.ShouldBe("own\n");
            }
            else
            {
                await RefusedAsync(() => RunAsync(Beside, ExecutionConfig.Of("true") with { Environment = link }, new TarBytes().File("d/new", "written").ToTgz()), SandboxErrorCode.InvalidArchive);
            }
        }));

        await canary.ShouldBeUntouchedAsync();
    }

    private static async Task<Guid> SaveAsync(string command, ISandbox sandbox) =>
        (await RunAsync(sandbox, ExecutionConfig.Of(command) with { Save = true })).Environment.ShouldNotBeNull();
}
