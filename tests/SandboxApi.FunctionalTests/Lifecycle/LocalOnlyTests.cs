using System.Diagnostics;
using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;
using System.Text;
using SandboxApi.FunctionalTests.Fixtures;

namespace SandboxApi.FunctionalTests.Lifecycle;

/// <summary>What only the embedded sandbox has: its start, its events, its settings.</summary>
public sealed class LocalOnlyTests(Sandboxes sandboxes) : SandboxTests(sandboxes.Local)
{
    [Fact(Timeout = Minute)]
    public async Task A_run_is_told_step_by_step_and_folds_into_its_answer()
    {
        var events = new List<string>();
        var written = new StringBuilder();

        var result = await Subject.Deployment.Local.ExecuteAsync(ExecutionConfig.Of("-echo one; echo err >&2; exit 3", "printf two"), null, step => events.Add(Describe(step, written)), Cancel);

        events.Where(step => step != "output").ShouldBe(["queued", "started", "command 0 echo one; echo err >&2; exit 3", "ended 0 3", "command 1 printf two", "ended 1 0", "finished 0"]);
        events[^1].ShouldBe("finished 0");
        written.ToString().ShouldBeOneOf("0:one\n0!err\n1:two", "0!err\n0:one\n1:two");
        result.Status.ShouldBe(0);
    }

    [Fact(Timeout = Minute)]
    public async Task Output_is_told_while_the_command_runs()
    {
        var watch = Stopwatch.StartNew();
        var first = TimeSpan.Zero;

        await Subject.Deployment.Local.ExecuteAsync(ExecutionConfig.Of("echo early; sleep 2"), null, step =>
        {
            if (step is RunEvent.Output && first == TimeSpan.Zero)
                first = watch.Elapsed;
        }, Cancel);

        first.ShouldBeGreaterThan(TimeSpan.Zero);
        (watch.Elapsed - first).ShouldBeGreaterThan(TimeSpan.FromSeconds(1));
    }

    [Fact(Timeout = Minute)]
    public async Task Whoever_waits_for_a_run_may_do_anything_then()
    {
        using var data = new TemporaryDirectory();
        await using var sandbox = await LocalSandbox.StartAsync(new LocalSandboxOptions { DataDirectory = data.Path, PoolSize = 1, QueueTimeout = TimeSpan.FromSeconds(20) });

        // Without the context of a test, so that this goes on where it likes.
        await Task.Run(async () =>
        {
            for (var i = 0; i < 5; i++)
            {
                (await sandbox.ExecuteAsync(ExecutionConfig.Of("echo one"))).Execution[0].Stdout.ShouldBe("one");

                // The thread is held while another run waits for the only sandbox, and needs threads itself.
                var other = sandbox.ExecuteAsync(ExecutionConfig.Of("echo two"));
                ((IAsyncResult)other).AsyncWaitHandle.WaitOne(TimeSpan.FromSeconds(30)).ShouldBeTrue();
                (await other).Execution[0].Stdout.ShouldBe("two");
            }
        });
    }

    [Fact(Timeout = Minute)]
    public async Task Settings_out_of_range_are_all_named_at_once()
    {
        _ = Sandbox;
        using var data = new TemporaryDirectory();
        var options = new LocalSandboxOptions { DataDirectory = data.Path, PoolSize = 0, MemoryLimit = 1, OutputLimit = -1, CpuSet = "x" };

        var refused = await Should.ThrowAsync<ArgumentException>(() => LocalSandbox.StartAsync(options));

        foreach (var name in new[] { "PoolSize", "MemoryLimit", "OutputLimit", "CpuSet" })
            refused.Message.ShouldContain(name);
    }

    [Fact(Timeout = Minute)]
    public async Task A_processor_that_the_host_has_not_is_refused_as_a_setting()
    {
        _ = Sandbox;
        using var data = new TemporaryDirectory();

        var refused = await Should.ThrowAsync<ArgumentException>(() => LocalSandbox.StartAsync(new LocalSandboxOptions { DataDirectory = data.Path, CpuSet = "8191" }));

        refused.Message.ShouldContain("CpuSet is 8191; it must be a list of processors of this host, which has ");
    }

    [Fact(Timeout = Minute)]
    public async Task An_archive_that_never_ends_holds_a_sandbox_for_as_long_as_the_budget_says()
    {
        await using var single = await Subject.StartAsync(options =>
        {
            options.PoolSize = 1;
            options.RunTimeout = TimeSpan.FromSeconds(1);
        });
        var endless = new Pipe();

        var refused = await Should.ThrowAsync<SandboxException>(() => single.Sandbox.ExecuteAsync(ExecutionConfig.Of("true"), endless.Reader.AsStream(), Cancel));

        refused.Code.ShouldBe(SandboxErrorCode.TooLarge);
        refused.Message.ShouldContain("within 10 s");
        (await RunAsync(single.Sandbox, ExecutionConfig.Of("echo next"))).Execution[0].Stdout.ShouldBe("next");
    }

    [Fact]
    public void The_defaults_are_those_that_are_documented()
    {
        var options = new LocalSandboxOptions();

        (options.PoolSize, options.QueueTimeout, options.RunTimeout, options.CpuTimeLimit).ShouldBe((20, TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(10), null));
        (options.MemoryLimit, options.SwapLimit, options.StorageLimit, options.StorageInodes).ShouldBe((256 << 20, 0, 128 << 20, 100_000));
        (options.ProcessLimit, options.OutputLimit, options.FileSizeLimit, options.ResultLimit).ShouldBe((256, 16 << 20, -1, 16 << 20));
        options.OutputGrace.ShouldBe(TimeSpan.FromMilliseconds(250));
        (options.RunOutputLimit, options.CommandLimit).ShouldBe((64 << 20, 1000));
        (options.OpenFilesLimit, options.CoreLimit, options.EnvironmentLimit, options.EnvironmentExpiry).ShouldBe((1024, 0, 1 << 30, TimeSpan.FromHours(24)));
        (options.SweepInterval, options.LibrariesRefresh, options.Network).ShouldBe((TimeSpan.FromHours(1), TimeSpan.FromHours(2), NetworkMode.Loopback));
        options.Waive.ShouldBeEmpty();
    }

    [Fact(Timeout = Minute)]
    public async Task Stored_environments_survive_a_restart()
    {
        _ = Sandbox;
        using var data = new TemporaryDirectory();
        var options = new LocalSandboxOptions { PoolSize = 1, DataDirectory = data.Path };
        Guid id;
        await using (var first = await LocalSandbox.StartAsync(options))
            id = (await first.ExecuteAsync(ExecutionConfig.Of("echo kept > file") with { Save = true }, null, Cancel)).Environment!.Value;

        await using var second = await LocalSandbox.StartAsync(options);

        (await second.ExecuteAsync(ExecutionConfig.Of("cat file") with { Environment = id }, null, Cancel)).Execution[0].Stdout.ShouldBe("kept");
        (await second.CheckAsync(id, "file", Cancel)).ShouldBe(5);
    }

    [Fact(Timeout = Minute)]
    public async Task A_host_network_is_waived_by_name_and_said_so()
    {
        await using var open = await Subject.StartAsync(options => options.Network = NetworkMode.Host);
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();

        open.Local.Engine.Waived.ShouldContain("network");
        open.Local.Engine.Protections.ShouldNotContain("network");
        Subject.Deployment.Local.Engine.Protections.ShouldContain("network");
        (await RunAsync(open.Sandbox, ExecutionConfig.Of($"exec 3<>/dev/tcp/127.0.0.1/{((IPEndPoint)listener.LocalEndpoint).Port} && echo reached"))).Execution[0].Stdout.ShouldBe("reached");
    }

    [Fact(Timeout = Minute)]
    public async Task Further_directories_are_seen_read_only()
    {
        // Not below /tmp, where every sandbox has its own.
        var parent = System.Environment.IsPrivilegedProcess ? "/srv" : System.Environment.GetFolderPath(System.Environment.SpecialFolder.UserProfile);
        if (!Directory.Exists(parent) || parent.StartsWith("/tmp", StringComparison.Ordinal))
            Assert.Skip($"'{parent}' is no place for a directory that a sandbox shall see");
        using var shared = new TemporaryDirectory(parent);
        File.SetUnixFileMode(shared.Path, Archive.Executable);
        await File.WriteAllTextAsync(Path.Combine(shared.Path, "file"), "from the host", Cancel);
        await using var seen = await Subject.StartAsync(options => options.ReadOnlyPaths.Add(shared.Path));

        var result = await RunAsync(seen.Sandbox, ExecutionConfig.Of($"cat {shared.Path}/file", $"touch {shared.Path}/new"));

        result.Execution[0].Stdout.ShouldBe("from the host");
        result.Execution[1].Stderr.ShouldContain("Read-only file system");
        Directory.GetFiles(shared.Path).Length.ShouldBe(1);
    }

    [Fact(Timeout = Minute)]
    public async Task Further_files_are_seen_and_secrets_are_refused()
    {
        var parent = System.Environment.IsPrivilegedProcess ? "/srv" : System.Environment.GetFolderPath(System.Environment.SpecialFolder.UserProfile);
        if (!Directory.Exists(parent) || parent.StartsWith("/tmp", StringComparison.Ordinal))
            Assert.Skip($"'{parent}' is no place for a file that a sandbox shall see");
        using var shared = new TemporaryDirectory(parent);
        var (small, large) = (Path.Combine(shared.Path, "small"), Path.Combine(shared.Path, "large"));
        await File.WriteAllTextAsync(small, "from the host", Cancel);
        await File.WriteAllTextAsync(large, new string('x', 100_000), Cancel);
        await using var seen = await Subject.StartAsync(options =>
        {
            options.ReadOnlyPaths.Add(small);
            options.ReadOnlyPaths.Add(large);
        });

        var result = await RunAsync(seen.Sandbox, ExecutionConfig.Of($"cat {small}; wc -c < {large}", $"echo x >> {small} || echo x >> {large}"));

        result.Execution[0].Stdout.ShouldBe("from the host100000");
        result.Execution[1].ExitCode.ShouldNotBe(0);

        foreach (var path in (string[])["/etc/passwd", "/etc", "/var", "/etc/../etc/passwd"])
            (await Should.ThrowAsync<ArgumentException>(() => Subject.StartAsync(options => options.ReadOnlyPaths.Add(path)))).Message.ShouldContain($"'{path}'");
    }

    [Theory(Timeout = Minute)]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Git_libraries_appear_inside_and_are_refreshed(bool separateRoots)
    {
        await NeedsAsync("python3");
        using var repository = new TemporaryDirectory();
        await GitAsync(repository, "init -q -b main .");
        await CommitAsync(repository, "print('first')");
        await using var with = await Subject.StartAsync(options =>
        {
            options.Libraries.Add(new GitLibrary(repository.Path, "greetings"));
            options.LibrariesRefresh = TimeSpan.FromSeconds(10);
            options.SeparateRoots = separateRoots;
        });

        (await RunAsync(with.Sandbox, ExecutionConfig.Of("ls /utils/libs; python3 -c 'import greetings.hello'; touch /utils/libs/greetings/x 2>&1 | grep -c Read-only"))).Execution[0].Stdout.ShouldBe("greetings\nfirst\n1");

        await CommitAsync(repository, "print('second')");
        await EventuallyAsync(async () => (await RunAsync(with.Sandbox, ExecutionConfig.Of("python3 -c 'import greetings.hello'"))).Execution[0].Stdout == "second", "the library is refreshed");
    }

    private static string Describe(RunEvent step, StringBuilder written)
    {
        switch (step)
        {
            case RunEvent.Output output:
                written.Append(output.Index).Append(output.IsError ? '!' : ':').Append(Encoding.UTF8.GetString(output.Bytes.Span));
                return "output";
            case RunEvent.CommandStarted started:
                return $"command {started.Index} {started.Command}";
            case RunEvent.CommandFinished ended:
                return $"ended {ended.Index} {ended.Result.ExitCode}";
            case RunEvent.Finished finished:
                return $"finished {finished.Result.Status}";
            default:
                return step.GetType().Name.ToLowerInvariant();
        }
    }

    private static async Task CommitAsync(TemporaryDirectory repository, string program)
    {
        await File.WriteAllTextAsync(Path.Combine(repository.Path, "hello.py"), program + "\n", Cancel);
        await GitAsync(repository, "add hello.py");
        await GitAsync(repository, "-c user.name=test -c user.email=test@localhost commit -q -m change");
    }

    private static async Task GitAsync(TemporaryDirectory repository, string arguments)
    {
        try
        {
            using var git = Process.Start(new ProcessStartInfo("git", arguments) { WorkingDirectory = repository.Path })!;
            await git.WaitForExitAsync(Cancel);
            git.ExitCode.ShouldBe(0, arguments);
        }
        catch (System.ComponentModel.Win32Exception)
        {
            Assert.Skip("git is not installed on this host");
        }
    }
}
