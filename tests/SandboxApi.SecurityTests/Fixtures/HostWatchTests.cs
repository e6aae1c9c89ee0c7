using System.Diagnostics;
using System.Globalization;
using SandboxApi.FunctionalTests.Fixtures;

namespace SandboxApi.SecurityTests.Fixtures;

/// <summary>The watch over the host itself: it sees what a sandbox would leave, wherever that is, and nothing of what others do beside the tests.</summary>
public sealed class HostWatchTests(Arena arena)
{
    private const int Minute = 60_000;
    private const uint Student = 0x7000_0001;

    private static readonly string s_strange = "stranger-" + Guid.NewGuid().ToString("N");

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public static TheoryData<string> Places => ["/tmp", "/var/tmp", "/dev/shm", "/run", "/etc", "/root", "/"];

    [Theory(Timeout = Minute)]
    [MemberData(nameof(Places))]
    public async Task A_file_of_a_sandbox_on_the_host_is_seen_by_its_owner(string directory)
    {
        Assert.SkipUnless(TestHost.IsRoot, "only root can make files that belong to others");
        var path = Path.Combine(directory, s_strange);
        await File.WriteAllTextAsync(path, "nothing in particular", Cancel);
        try
        {
            await RunAsync("chown", Student.ToString(CultureInfo.InvariantCulture), path);

            Look().ShouldContain($"entry {path}");
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact(Timeout = Minute)]
    public async Task A_trace_is_seen_by_its_name_its_content_and_where_it_links_to()
    {
        var (named, written, linked) = ($"/tmp/a-{Marks.Token}", $"/tmp/{s_strange}.written", $"/tmp/{s_strange}.linked");
        try
        {
            Directory.CreateDirectory(named);
            await File.WriteAllTextAsync(written, $"some words, then {Marks.Token} and more", Cancel);
            File.CreateSymbolicLink(linked, "/nowhere/" + Marks.Token);

            var seen = Look();

            new[] { named, written, linked }.ShouldAllBe(path => seen.Contains($"entry {path}"));
        }
        finally
        {
            Directory.Delete(named);
            File.Delete(written);
            File.Delete(linked);
        }
    }

    [Fact(Timeout = Minute)]
    public async Task Whatever_lies_in_the_suites_own_directory_is_seen()
    {
        var before = Look();
        using var directory = new TemporaryDirectory();
        directory.Path.ShouldStartWith(arena.DataDirectory + "/");
        await File.WriteAllTextAsync(Path.Combine(directory.Path, "file"), "", Cancel);

        Look().Except(before).ShouldBe([$"own {directory.Path}", $"own {directory.Path}/file"]);
    }

    [Fact(Timeout = Minute)]
    public async Task What_others_make_and_remove_is_no_trace()
    {
        var before = Look();
        var (file, directory, pipe) = ($"/tmp/{s_strange}", $"/dev/shm/{s_strange}", $"/tmp/{s_strange}.pipe");
        await File.WriteAllTextAsync(file, "an ordinary file", Cancel);
        Directory.CreateDirectory(directory);
        // One that waits for whoever opens it.
        await RunAsync("mkfifo", pipe);
        try
        {
            Look().ShouldBe(before);
        }
        finally
        {
            File.Delete(file);
            File.Delete(pipe);
            Directory.Delete(directory);
        }
    }

    [Fact(Timeout = 3 * Minute)]
    public async Task Looking_goes_on_while_directories_come_and_go()
    {
        using var directory = new TemporaryDirectory();
        using var end = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        var churn = Enumerable.Range(0, 2).Select(i => Task.Run(() =>
        {
            while (!end.IsCancellationRequested)
            {
                var top = Path.Combine(directory.Path, $"churn-{i}");
                Directory.CreateDirectory(Path.Combine(top, "a/b/c"));
                Directory.Delete(top, recursive: true);
            }
        }, Cancel)).ToList();

        for (var i = 0; i < 200; i++)
            _ = Look();

        await end.CancelAsync();
        await Task.WhenAll(churn);
    }

    [Fact(Timeout = Minute)]
    public async Task A_mount_of_the_suites_is_seen_and_one_of_others_is_not()
    {
        Assert.SkipUnless(TestHost.IsRoot, "only root mounts");
        using var own = new TemporaryDirectory();
        var strange = Directory.CreateDirectory("/mnt/" + s_strange).FullName;
        var before = Look();
        await RunAsync("mount", "-t", "tmpfs", "tmpfs", strange);
        try
        {
            Look().ShouldBe(before);
            await RunAsync("mount", "-t", "tmpfs", "tmpfs", own.Path);
            try
            {
                Look().Except(before).ShouldHaveSingleItem().ShouldStartWith("mount ");
            }
            finally
            {
                await RunAsync("umount", own.Path);
            }
        }
        finally
        {
            await RunAsync("umount", strange);
            Directory.Delete(strange);
        }
    }

    [Fact(Timeout = Minute)]
    public async Task An_ipc_object_of_a_sandbox_is_seen_and_one_of_others_is_not()
    {
        Assert.SkipUnless(TestHost.IsRoot, "only root can make objects that belong to others");
        var before = Look();
        var strange = await RunAsync("ipcmk", "-Q");
        try
        {
            Look().ShouldBe(before);
            var own = await RunAsync("setpriv", "--reuid", Student.ToString(CultureInfo.InvariantCulture), "ipcmk", "-Q");
            Look().Except(before).ShouldHaveSingleItem().ShouldStartWith("sysvipc msg ");
            await RunAsync("ipcrm", "-q", Id(own));
        }
        finally
        {
            await RunAsync("ipcrm", "-q", Id(strange));
        }

        static string Id(string told) => told.Trim().Split(' ')[^1];
    }

    [Fact(Timeout = Minute)]
    public async Task The_cgroups_of_another_living_server_are_no_trace_and_those_that_nobody_holds_are()
    {
        var place = HostState.Places().Find(CanMake);
        Assert.SkipWhen(place is null, "no cgroup can be made here");
        var before = Look();
        var strange = Directory.CreateDirectory(Path.Combine(place!, "sandbox-api-" + s_strange)).FullName;
        var left = strange + "-left";
        try
        {
            var pid = await HoldAsync(strange);
            Look().ShouldBe(before);

            SeesLeft().ShouldBeTrue("what nobody holds");

            // Killed, and not cleared up yet: still not of this program's doing.
            using (var holder = Process.GetProcessById(pid))
                holder.Kill();
            while (Directory.Exists($"/proc/{pid}"))
                await Task.Delay(20, Cancel);
            Look().Except(before).ShouldNotContain($"cgroup {strange}");
        }
        finally
        {
            foreach (var directory in new[] { strange, left }.Where(Directory.Exists))
                Directory.Delete(directory);
        }

        // Any server that starts clears away what nobody holds, perhaps before it is looked at.
        bool SeesLeft() => Enumerable.Range(0, 10).Any(_ =>
        {
            Directory.CreateDirectory(left);
            return Look().Contains($"cgroup {left}");
        });
    }

    /// <summary>Has a directory's lock held by a child of init's, as a server is that somebody else has started: by no child of this program.</summary>
    private static async Task<int> HoldAsync(string directory)
    {
        var told = await RunAsync("bash", "-c", $"exec 9< '{directory}'; flock 9; setsid sleep 1000 > /dev/null 2>&1 < /dev/null & echo $!");
        return int.Parse(told, CultureInfo.InvariantCulture);
    }

    private static bool CanMake(string place)
    {
        try
        {
            var probe = Directory.CreateDirectory(Path.Combine(place, s_strange)).FullName;
            Directory.Delete(probe);
            return true;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private static async Task<string> RunAsync(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true })!;
        var told = await process.StandardOutput.ReadToEndAsync(Cancel);
        await process.WaitForExitAsync(Cancel);
        process.ExitCode.ShouldBe(0, program);
        return told;
    }

    private SortedSet<string> Look() => HostWatch.Look(arena.DataDirectory);
}
