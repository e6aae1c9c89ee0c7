using System.Diagnostics;
using Microsoft.Extensions.Time.Testing;
using SandboxApi.Runtime.Library;
using SandboxApi.Runtime.Tests.Host;

namespace SandboxApi.Runtime.Tests.Library;

public sealed class LibraryRepositoriesTests : IDisposable
{
    private const UnixFileMode Mode644 = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead;
    private const UnixFileMode Mode755 = Mode644 | UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;

    private static readonly TimeSpan Period = TimeSpan.FromHours(2);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(40);

    private readonly HostTree _disk = new();
    private readonly FakeTimeProvider _time = new();
    private readonly LogLines _log = new();

    public void Dispose() => _disk.Dispose();

    [Fact]
    public async Task Makes_an_empty_directory_when_there_are_no_libraries_and_needs_no_git()
    {
        await using var repositories = await StartAsync([], git: "/no/such/git");

        Directory.EnumerateFileSystemEntries(repositories.Path).ShouldBeEmpty();
        File.GetUnixFileMode(repositories.Path).ShouldBe(Mode755);
    }

    [Fact]
    public async Task Says_how_to_get_git_where_there_is_none()
    {
        var error = await Should.ThrowAsync<PlatformNotSupportedException>(StartAsync([new("https://example.org/a", "a")], git: "/no/such/git"));

        error.Message.ShouldContain("apt-get install git");
    }

    [Fact(Timeout = 60_000)]
    public async Task Fetches_the_files_of_a_repository_readable_by_all_and_without_its_history()
    {
        var url = await CreateRepositoryAsync("one", ("lib.py", "x = 1\n"), ("sub/tool", "#!/bin/sh\n"));
        await using var repositories = await StartAsync([new(url, "My_lib-1.0")]);

        var copy = Path.Combine(repositories.Path, "My_lib-1.0");
        (await File.ReadAllTextAsync(copy + "/lib.py", TestContext.Current.CancellationToken)).ShouldBe("x = 1\n");
        Directory.Exists(copy + "/.git").ShouldBeFalse();
        File.GetUnixFileMode(copy).ShouldBe(Mode755);
        File.GetUnixFileMode(copy + "/lib.py").ShouldBe(Mode644);
        File.GetUnixFileMode(copy + "/sub").ShouldBe(Mode755);
        File.GetUnixFileMode(copy + "/sub/tool").ShouldBe(Mode755);
        Directory.EnumerateFileSystemEntries(_disk.At("/data/libraries-staging")).ShouldBeEmpty();
        _log.Warnings.ShouldBeEmpty();
    }

    [Fact(Timeout = 60_000)]
    public async Task Leaves_links_of_a_repository_alone()
    {
        _disk.Put("/secret", "s");
        File.SetUnixFileMode(_disk.At("/secret"), UnixFileMode.UserRead);
        var url = await CreateRepositoryAsync("one", ("a", "a"));
        File.CreateSymbolicLink(_disk.At("/one/link"), _disk.At("/secret"));
        File.CreateSymbolicLink(_disk.At("/one/up"), _disk.Root);
        await CommitAsync("one");

        await using var repositories = await StartAsync([new(url, "lib")]);

        new FileInfo(repositories.Path + "/lib/link").LinkTarget.ShouldBe(_disk.At("/secret"));
        File.GetUnixFileMode(_disk.At("/secret")).ShouldBe(UnixFileMode.UserRead);
    }

    [Fact(Timeout = 60_000)]
    public async Task Refreshes_on_schedule_in_one_step_and_tells_only_of_changes()
    {
        var url = await CreateRepositoryAsync("one", ("version", "1"));
        var changes = 0;
        using var changed = new SemaphoreSlim(0);
        await using var repositories = await StartAsync([new(url, "lib")], changed: () =>
        {
            Interlocked.Increment(ref changes);
            changed.Release();
        });
        await changed.WaitAsync(Patience, TestContext.Current.CancellationToken);

        using var old = File.OpenRead(repositories.Path + "/lib/version");
        await repositories.RefreshAsync(TestContext.Current.CancellationToken);
        changes.ShouldBe(1, "nothing is new");

        _disk.Put("/one/version", "2").Put("/one/more", "");
        await CommitAsync("one");
        _time.Advance(Period);
        (await changed.WaitAsync(Patience, TestContext.Current.CancellationToken)).ShouldBeTrue();

        (await File.ReadAllTextAsync(repositories.Path + "/lib/version", TestContext.Current.CancellationToken)).ShouldBe("2");
        File.Exists(repositories.Path + "/lib/more").ShouldBeTrue();
        ((char)old.ReadByte()).ShouldBe('1', "who has a file open keeps it");
    }

    [Fact(Timeout = 60_000)]
    public async Task Keeps_the_last_copy_of_a_repository_that_is_gone()
    {
        var url = await CreateRepositoryAsync("one", ("version", "1"));
        await using (await StartAsync([new(url, "lib")]))
        {
        }

        Directory.Delete(_disk.At("/one"), recursive: true);
        await using var repositories = await StartAsync([new(url, "lib")]);
        await repositories.RefreshAsync(TestContext.Current.CancellationToken);

        (await File.ReadAllTextAsync(repositories.Path + "/lib/version", TestContext.Current.CancellationToken)).ShouldBe("1");
        _log.Warnings.ShouldContain(w => w.Contains("lib") && w.Contains("its last copy stays"));
    }

    [Fact(Timeout = 60_000)]
    public async Task Starts_without_a_repository_that_was_never_there()
    {
        var url = await CreateRepositoryAsync("one", ("version", "1"));
        await using var repositories = await StartAsync([new("file://" + _disk.At("/absent"), "absent"), new(url, "lib")]);

        Directory.Exists(repositories.Path + "/absent").ShouldBeFalse();
        File.Exists(repositories.Path + "/lib/version").ShouldBeTrue();
        _log.Warnings.ShouldContain(w => w.Contains("absent") && w.Contains("is missing in the sandboxes"));
    }

    [Fact(Timeout = 60_000)]
    public async Task Never_shows_another_repository_under_an_alias_that_has_been_given_away()
    {
        var url = await CreateRepositoryAsync("one", ("version", "1"));
        await using (await StartAsync([new(url, "lib"), new(url, "dropped")]))
        {
        }

        await using var repositories = await StartAsync([new("file://" + _disk.At("/absent"), "lib")]);

        Directory.EnumerateFileSystemEntries(repositories.Path).ShouldBeEmpty();
    }

    [Fact(Timeout = 60_000)]
    public async Task Logs_no_credentials()
    {
        // Nothing listens on the port of discarded data, so this fails at once and git names the address.
        await using var repositories = await StartAsync([new("http://user:s3cret@127.0.0.1:9/a.git", "lib")]);

        _log.Warnings.ShouldNotBeEmpty();
        _log.Warnings.ShouldAllBe(w => !w.Contains("s3cret"));
    }

    [Fact(Timeout = 60_000)]
    public async Task User_and_password_reach_their_host_alone_and_stand_in_no_arguments()
    {
        using var host = new AuthenticatingHost();
        _disk.Put("/git", $"#!/bin/sh\nGIT_TRACE='{_disk.At("/trace")}' exec git \"$@\"\n");
        File.SetUnixFileMode(_disk.At("/git"), Mode755);

        await using (await StartAsync([new($"http://us%40er:s3cr%3at@127.0.0.1:{host.Port}/a.git", "lib")], git: _disk.At("/git")))
            host.Seen.ShouldContain(("127.0.0.1", "us@er:s3cr:t"));
        await using (await StartAsync([new($"http://us%40er:s3cr%3at@127.0.0.1:{host.Port}/elsewhere/a.git", "lib")], git: _disk.At("/git")))
            host.Seen.ShouldContain(("localhost", null));

        host.Seen.ShouldNotContain(("localhost", "us@er:s3cr:t"));
        var trace = await File.ReadAllTextAsync(_disk.At("/trace"), TestContext.Current.CancellationToken);
        trace.ShouldContain("remote-http");
        trace.ShouldNotContain("s3cr");
    }

    [Fact(Timeout = 60_000)]
    public async Task Ends_a_git_that_takes_too_long()
    {
        _disk.Put("/git", "#!/bin/sh\ncase \"$*\" in *version*) exit 0;; esac\nexec sleep 1000\n");
        File.SetUnixFileMode(_disk.At("/git"), Mode755);

        await using var repositories = await LibraryRepositories.StartAsync(
            _disk.At("/data"), [new("https://example.org/a", "lib")], Period, TimeProvider.System, _log, timeout: TimeSpan.FromMilliseconds(500), git: _disk.At("/git"), cancellationToken: TestContext.Current.CancellationToken);

        _log.Warnings.ShouldContain(w => w.Contains("0.5 seconds"));
    }

    [Fact(Timeout = 60_000)]
    public async Task Runs_no_hook_and_no_remote_helper()
    {
        var url = await CreateRepositoryAsync("one", ("a", "a"));
        _disk.Put("/template/hooks/post-checkout", $"#!/bin/sh\ntouch '{_disk.At("/pwned")}'\n").Put("/config", $"[init]\n\ttemplateDir = {_disk.At("/template")}\n[core]\n\thooksPath = {_disk.At("/template/hooks")}\n");
        File.SetUnixFileMode(_disk.At("/template/hooks/post-checkout"), Mode755);
        _disk.Put("/git", $"#!/bin/sh\nGIT_CONFIG_GLOBAL='{_disk.At("/config")}' exec git \"$@\"\n");
        File.SetUnixFileMode(_disk.At("/git"), Mode755);

        await using var repositories = await StartAsync([new(url, "lib")], git: _disk.At("/git"));

        File.Exists(repositories.Path + "/lib/a").ShouldBeTrue();
        File.Exists(_disk.At("/pwned")).ShouldBeFalse();
    }

    [Theory]
    [InlineData("")]
    [InlineData(".hidden")]
    [InlineData("-x")]
    [InlineData("..")]
    [InlineData("a/b")]
    [InlineData("a b")]
    [InlineData("a\n")]
    [InlineData("ü")]
    public async Task Refuses_an_alias_that_is_no_plain_name(string alias)
    {
        var error = await Should.ThrowAsync<ArgumentException>(StartAsync([new("https://example.org/a", alias)]));

        error.Message.ShouldContain("alias");
        Directory.Exists(_disk.At("/data")).ShouldBeFalse();
    }

    [Fact]
    public void Names_everything_that_is_wrong_with_the_libraries()
    {
        var problems = LibraryRepositories.Validate([new("ext::sh -c id", "a"), new("https://example.org/a", "a"), new("https://example.org/a", "b")]);

        problems.Count.ShouldBe(2);
        problems[0].ShouldContain("remote helper");
        problems[1].ShouldContain("used twice");
    }

    private Task<LibraryRepositories> StartAsync(GitLibrary[] libraries, Action? changed = null, string git = "git") =>
        LibraryRepositories.StartAsync(_disk.At("/data"), libraries, Period, _time, _log, changed, git: git, cancellationToken: TestContext.Current.CancellationToken);

    private async Task<string> CreateRepositoryAsync(string name, params (string Path, string Text)[] files)
    {
        await GitAsync("init", "--quiet", _disk.At("/" + name));
        foreach (var (path, text) in files)
        {
            _disk.Put($"/{name}/{path}", text);
            if (text.StartsWith("#!", StringComparison.Ordinal))
            {
                File.SetUnixFileMode(_disk.At($"/{name}/{path}"), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            }
        }

        await CommitAsync(name);
        return "file://" + _disk.At("/" + name);
    }

    private async Task CommitAsync(string name)
    {
        await GitAsync("-C", _disk.At("/" + name), "add", "--all");
        await GitAsync("-C", _disk.At("/" + name), "-c", "user.name=Test", "-c", "user.email=test@example.org", "-c", "core.hooksPath=/dev/null", "commit", "--quiet", "--message=Change");
    }

    private static async Task GitAsync(params string[] arguments)
    {
        Process process;
        try
        {
            process = Process.Start(new ProcessStartInfo("git", arguments) { RedirectStandardError = true })!;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            Assert.Skip("git is not installed");
            return;
        }

        using (process)
        {
            var errors = await process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
            await process.WaitForExitAsync(TestContext.Current.CancellationToken);
            process.ExitCode.ShouldBe(0, errors);
        }
    }
}
