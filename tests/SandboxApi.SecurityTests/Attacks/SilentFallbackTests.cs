using System.Diagnostics;
using SandboxApi.FunctionalTests.Fixtures;
using SandboxApi.SecurityTests.Fixtures;
using SandboxApi.SecurityTests.Matrix;
using static SandboxApi.SecurityTests.Attacks.LackingHost;

namespace SandboxApi.SecurityTests.Attacks;

/// <summary>Hosts that cannot give a protection: the engine refuses to run, or runs and says what is missing when that was waived by name.</summary>
[Attack(44)]
public sealed class SilentFallbackTests(Arena arena) : AttackTests(arena)
{
    private const int NotPermitted = 1;
    private const int Invalid = 22;
    private const int NotImplemented = 38;

    /// <summary>A part of the isolation, and the call without which it cannot be had (numbers of x86-64).</summary>
    private static readonly Dictionary<string, Refusal> s_parts = new()
    {
        ["user namespace"] = new(56, NotPermitted, Match.AnyBit, 0, 0x10000000),
        ["mount namespace"] = new(56, NotPermitted, Match.AnyBit, 0, 0x00020000),
        ["pid namespace"] = new(56, NotPermitted, Match.AnyBit, 0, 0x20000000),
        ["ipc namespace"] = new(272, NotPermitted, Match.AnyBit, 0, 0x08000000),
        ["uts namespace"] = new(56, NotPermitted, Match.AnyBit, 0, 0x04000000),
        ["network namespace"] = new(272, NotPermitted, Match.AnyBit, 0, 0x40000000),
        ["cgroup namespace"] = new(272, NotPermitted, Match.AnyBit, 0, 0x02000000),
        ["host name"] = new(170, NotPermitted),
        ["domain name"] = new(171, NotPermitted),
        ["loopback interface"] = new(16, NotPermitted, Match.Equal, 1, 0x8914),
        ["read-only mounts"] = new(442, NotImplemented),
        ["detached trees"] = new(428, NotImplemented),
        ["moved mounts"] = new(429, NotPermitted),
        ["storage with a limit"] = new(430, NotPermitted),
        ["storage's options"] = new(431, Invalid),
        ["proc and bind mounts"] = new(165, NotPermitted),
        ["private root"] = new(155, NotPermitted),
        ["letting go of the old root"] = new(166, NotPermitted),
        ["core and file limits"] = new(302, NotPermitted, Match.Equal, 1, 4),
        ["own session"] = new(112, NotPermitted),
        ["bounding set"] = new(157, NotPermitted, Match.Equal, 0, 24),
        ["capabilities"] = new(126, NotPermitted),
        ["not dumpable"] = new(157, NotPermitted, Match.Equal, 0, 4),
        ["no new privileges"] = new(157, Invalid, Match.Equal, 0, 38),
        ["end with the parent"] = new(157, Invalid, Match.Equal, 0, 1),
        ["closing of descriptors"] = new(436, NotImplemented),
        ["system-call filter"] = new(317, Invalid),
        ["signals of children"] = new(289, NotImplemented),
    };

    /// <summary>The names of the parts.</summary>
    public static TheoryData<string> Parts => [.. s_parts.Keys];

    [Theory(Timeout = Long)]
    [MemberData(nameof(Parts))]
    public async Task Without_a_part_of_the_isolation_nothing_runs(string part)
    {
        using var data = new TemporaryDirectory();
        var (exitCode, output, error) = await LackingHost.RunAsync(s_parts[part], Exec(data, "echo it ran"));

        output.ShouldNotContain("it ran", Case.Sensitive, part);
        exitCode.ShouldBe(125, error);
        error.ShouldStartWith("sandbox: ");
        error.ShouldContain("errno", Case.Sensitive, "the step that failed, and why");
    }

    [Fact(Timeout = Long)]
    public async Task Identities_are_given_up_or_nothing_runs()
    {
        Assert.SkipUnless(TestHost.IsRoot, "an ordinary user has one identity");
        foreach (var call in new[] { 116, 117, 119 })
        {
            using var data = new TemporaryDirectory();
            var (exitCode, output, error) = await LackingHost.RunAsync(new Refusal(call, NotPermitted), Exec(data, "echo it ran"));

            output.ShouldNotContain("it ran");
            exitCode.ShouldBe(125, error);
        }
    }

    [Fact(Timeout = Long)]
    public async Task With_everything_there_it_runs()
    {
        // The same way to start, with a filter that refuses what nobody calls: so the refusals above come from what is missing.
        using var data = new TemporaryDirectory();
        var (exitCode, output, error) = await LackingHost.RunAsync(new Refusal(169, NotPermitted), Exec(data, "echo it ran"));

        (exitCode, output).ShouldBe((0, "it ran\n"), error);
    }

    [Theory(Timeout = Long)]
    [InlineData("another listener is there", 317, 16, 1, 8)]
    [InlineData("calls that were reported can be interrupted", 317, Invalid, 1, 32)]
    [InlineData("no namespace can be entered", 308, NotPermitted, 1, 0x40000000)]
    public async Task Without_reports_of_sockets_it_runs_in_network_namespaces_that_are_made_anew(string why, int call, int error, int argument, int bit)
    {
        // What keeps a namespace is no part of the isolation: it may be missing, and sockets work all the same.
        using var data = new TemporaryDirectory();
        var (exitCode, output, errors) = await LackingHost.RunAsync(new Refusal(call, error, Match.AnyBit, argument, (uint)bit), Exec(data, "exec 3<> /dev/udp/127.0.0.1/9 && echo it ran"));

        (exitCode, output).ShouldBe((0, "it ran\n"), why + errors);
    }

    [Fact(Timeout = Long)]
    [Attack(203)]
    [Attack(207)]
    public async Task What_init_would_count_is_refused_where_nobody_tells_it()
    {
        await NeedsAsync("python3");
        using var data = new TemporaryDirectory();
        const string Program = """
            import ctypes, socket
            libc = ctypes.CDLL(None, use_errno=True)
            for family in (1, 2, 16):
                try: print(socket.socket(family, 2).family.value)
                except OSError as error: print(error.errno)
            print(libc.prctl(22, 2, 0), ctypes.get_errno(), libc.syscall(317, 1, 0, 0), ctypes.get_errno())
            """;

        var (exitCode, output, errors) = await LackingHost.RunAsync(new Refusal(317, 16, Match.AnyBit, 1, 8), Exec(data, $"python3 -c '{Program}'"));

        // ENOBUFS for netlink, ENOMEM for filters.
        (exitCode, output).ShouldBe((0, "1\n2\n105\n-1 12 -1 12\n"), errors);
    }

    [Theory(Timeout = Long)]
    [InlineData("memory")]
    [InlineData("processes")]
    [InlineData("cpu")]
    [InlineData("cpu-time")]
    public async Task Without_control_groups_every_limit_must_be_waived_by_name(string last)
    {
        string[] all = ["memory", "processes", "cpu", "cpu-time"];
        var others = all.Where(protection => protection != last).ToArray();

        var (exitCode, output, error) = await WithoutCgroupsAsync(others, "exec", "--no-stdin", "echo it ran");
        output.ShouldNotContain("it ran");
        exitCode.ShouldBe(125, error);
        error.ShouldContain($"This host cannot give every protection: {last} (");

        (exitCode, output, error) = await WithoutCgroupsAsync(all, "exec", "--no-stdin", "echo it ran");
        (exitCode, output).ShouldBe((0, "it ran\n"), error);
    }

    [Fact(Timeout = Long)]
    public async Task What_was_waived_is_reported()
    {
        var (exitCode, output, error) = await WithoutCgroupsAsync(["memory", "processes", "cpu", "cpu-time", "swap"], "specs", "--json");

        exitCode.ShouldBe(0, error);
        var engine = System.Text.Json.JsonDocument.Parse(output).RootElement.GetProperty("host").GetProperty("engine");
        var waived = engine.GetProperty("waived").EnumerateArray().Select(name => name.GetString()).ToArray();
        var protections = engine.GetProperty("protections").EnumerateArray().Select(name => name.GetString()).ToArray();
        foreach (var protection in new[] { "memory", "processes", "cpu", "cpu-time" })
        {
            waived.ShouldContain(protection);
            protections.ShouldNotContain(protection);
        }

        protections.ShouldContain("seccomp");
    }

    [Theory(Timeout = Long)]
    [InlineData("seccomp")]
    [InlineData("user-namespace")]
    [InlineData("read-only-root")]
    [InlineData("no-new-privileges")]
    [InlineData("storage")]
    [InlineData("everything")]
    [InlineData("")]
    public async Task What_makes_a_sandbox_cannot_be_waived(string protection)
    {
        using var data = new TemporaryDirectory();
        var options = new LocalSandboxOptions { PoolSize = 1, DataDirectory = data.Path };
        options.Waive.Add(protection);

        (await Should.ThrowAsync<ArgumentException>(() => LocalSandbox.StartAsync(options))).Message.ShouldContain(nameof(options.Waive));
    }

    [Fact(Timeout = Long)]
    public async Task A_protection_that_is_there_stays_on_though_it_was_waived()
    {
        TestHost.Needs("processes");
        using var data = new TemporaryDirectory();
        var options = Arena.Options(data.Path, 1);
        options.Waive.Add("processes");
        options.Waive.Add("network");
        await using var sandbox = await Deployment.StartAsync(options);

        sandbox.Local.Engine.Protections.ShouldContain("processes");
        sandbox.Local.Engine.Waived.ShouldNotContain("processes");
        // Each lives for as long as a slow machine needs to start the others.
        (await RunAsync(sandbox.Local, ExecutionConfig.Of($"for i in $(seq 100); do sleep {Within(1).TotalSeconds} & done; wait"))).Execution[0].Verdict.ShouldBe(Verdict.Processes);
        (await RunAsync(sandbox.Local, ExecutionConfig.Of("tail -n +3 /proc/net/dev | cut -d: -f1 | tr -d ' '"))).Execution[0].Stdout.ShouldBe("lo");
    }

    private static ProcessStartInfo Exec(TemporaryDirectory data, string command)
    {
        var start = new ProcessStartInfo(ServerProcess.Program, ["exec", "--no-stdin", "--data-directory", data.Path, command]) { Environment = { ["SANDBOX_POOL_SIZE"] = "1" } };
        if (TestHost.Waived.Count > 0)
            start.Environment["SANDBOX_WAIVE"] = string.Join(',', TestHost.Waived);
        return start;
    }

    /// <summary>The command line where an empty file system lies over all control groups.</summary>
    private static async Task<(int ExitCode, string Output, string Error)> WithoutCgroupsAsync(string[] waived, params string[] arguments)
    {
        Assert.SkipUnless(TestHost.IsRoot, "an ordinary user cannot hide the control groups from a program");
        using var data = new TemporaryDirectory();
        var start = new ProcessStartInfo("unshare", ["--mount", "--propagation", "private", "sh", "-c", "mount -t tmpfs none /sys/fs/cgroup && exec \"$@\"", "sh", ServerProcess.Program, .. arguments, "--data-directory", data.Path])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { ["SANDBOX_POOL_SIZE"] = "1", ["SANDBOX_WAIVE"] = string.Join(',', waived) },
        };
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync(Cancel);
        var error = process.StandardError.ReadToEndAsync(Cancel);
        await process.WaitForExitAsync(Cancel);
        return (process.ExitCode, await output, await error);
    }
}
