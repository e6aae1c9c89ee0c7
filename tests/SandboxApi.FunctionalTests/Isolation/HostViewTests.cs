using System.Diagnostics;
using SandboxApi.FunctionalTests.Fixtures;

namespace SandboxApi.FunctionalTests.Isolation;

/// <summary>What a sandbox sees of the host it runs on, compared with the host.</summary>
public sealed class HostViewTests(Sandboxes sandboxes) : SandboxTests(sandboxes.Local)
{
    private const string Dangling = "find /usr -xtype l 2> /dev/null | LC_ALL=C sort";

    [Fact(Timeout = 10 * Minute)]
    public async Task Links_of_usr_lead_inside_where_they_lead_outside()
    {
        await using var patient = await Subject.StartAsync(options => options.RunTimeout = TimeSpan.FromMinutes(8));

        // Root sees what the student does not.
        var start = TestHost.IsRoot ? new ProcessStartInfo("setpriv", ["--reuid=65534", "--regid=65534", "--clear-groups", "bash", "-c", Dangling]) : new ProcessStartInfo("bash", ["-c", Dangling]);
        start.RedirectStandardOutput = true;
        using var find = Process.Start(start)!;
        var outside = (await find.StandardOutput.ReadToEndAsync(Cancel)).Trim();
        var inside = (await RunAsync(patient.Sandbox, ExecutionConfig.Of(Dangling))).Execution[0];

        inside.ExitCode.ShouldBe(0, inside.Stderr);
        inside.Stdout.Split('\n').Except(outside.Split('\n')).ShouldBeEmpty("these lead nowhere inside only");
        inside.Stdout.ShouldBe(outside);
    }

    [Fact(Timeout = Minute)]
    public async Task Etc_and_var_are_copies_that_no_mount_tells_of()
    {
        // What the host's file system is mounted at: programs, the list of packages, and trees that are too large to be copied.
        var mounts = await OutputOfAsync("cut -d' ' -f5 /proc/self/mountinfo");

        mounts.Split('\n').ShouldNotContain(place => place.StartsWith("/etc", StringComparison.Ordinal));
        (await OutputOfAsync("head -c 1 /etc/ld.so.cache; ls -d /etc/alternatives; find /etc /var -writable ! -type l")).ShouldBe("g/etc/alternatives");
    }

    [Fact(Timeout = Minute)]
    public async Task What_identifies_the_host_is_not_seen() =>
        (await OutputOfAsync("cat /etc/machine-id /var/lib/dbus/machine-id /etc/fstab /etc/hostname /etc/environment 2> /dev/null; ls -A /etc/ssh /etc/ssl/private /etc/cron.d /etc/sudoers.d /var/mail /var/log /var/spool 2> /dev/null | grep -v '^/.*:$' | grep . ; true")).ShouldBe("sandbox");
}
