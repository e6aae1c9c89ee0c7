using SandboxApi.Launcher;
using SandboxApi.Runtime.Engine;
using SandboxApi.Runtime.Interop;
using SandboxApi.Runtime.Isolation;

namespace SandboxApi.Runtime.Doctor;

/// <summary>What a trial of the engine says, laid over what looking at the host said: where they differ, the engine is right.</summary>
internal static class TrialChecks
{
    private const string Name = "sandbox";

    /// <summary>The trial fetches no libraries and has a pool of one, so nothing is said about these.</summary>
    private static readonly string[] NotTried = ["git", "open files"];

    /// <summary>The findings as the trial leaves them, and one about the trial itself.</summary>
    public static IEnumerable<Finding> Apply(HostExamination host, Trial trial, IReadOnlyList<Finding> findings)
    {
        var corrected = trial.Refused is { } refused ? Blame(host, refused, findings) : findings;
        if (trial.Failure is null)
        {
            corrected = [.. corrected.Select(f => f.Status == FindingStatus.Missing && !NotTried.Contains(f.Name) && !trial.Without.Contains(f.Protection)
                ? f with { Status = FindingStatus.Warning, Detail = f.Detail + " A sandbox starts here all the same." }
                : f)];
        }

        return [.. corrected, Verdict(host, trial, [.. corrected.Where(f => f.Status == FindingStatus.Missing)])];
    }

    private static Finding Verdict(HostExamination host, Trial trial, IReadOnlyList<Finding> missing)
    {
        var names = string.Join(", ", missing.Select(f => f.Name));
        if (trial.Failure is { } failure)
        {
            return new(Name, FindingStatus.Missing, "Tried: " + MessageOf(failure), missing.Count > 0 ? $"Mend what is missing: {names}." : GeneralFix(host, failure));
        }

        // Without a limit of memory there is nothing to plan with.
        var limited = !host.Options.Waive.Contains(Protections.Memory) && !trial.Without.Contains(Protections.Memory);
        var seen = trial.ShowsLimits ? " Programs see its limits in /sys/fs/cgroup."
            : limited ? " Programs do not see its limits, as its cgroups cannot be shown there: Java, Node and .NET plan with the memory of the host."
            : "";
        var time = $"{Math.Max(1, trial.Time.TotalMilliseconds):0} ms";
        return trial.Without.Count > 0
            ? new(Name, FindingStatus.Warning, $"Tried: a sandbox starts and runs a command ({time}) with {Waivers(trial)}.{seen}", $"Mend what is missing ({names}), or do without: {Waivers(trial)}")
            : trial.ShowsLimits || !limited ? new(Name, FindingStatus.Ok, $"Tried: a sandbox starts and runs a command ({time}).{seen}")
            : new(Name, FindingStatus.Warning, $"Tried: a sandbox starts and runs a command ({time}).{seen}", "Tell them the limit by variables of the run, such as JAVA_TOOL_OPTIONS=-XX:MaxRAM=256m, NODE_OPTIONS=--max-old-space-size=128, DOTNET_GCHeapHardLimit=0x8000000.");
    }

    private static string Waivers(Trial trial) => string.Join(' ', trial.Without.Select(w => "--waive " + w));

    // What .NET appends is of no use to who types a command.
    private static string MessageOf(Exception failure) =>
        failure is InvalidOptionsException invalid ? string.Join(' ', invalid.Problems)
        : failure is ArgumentException { ParamName: { } parameter } ? failure.Message.Replace($" (Parameter '{parameter}')", "", StringComparison.Ordinal) : failure.Message;

    /// <summary>Lays a refused step at the door of the check that is about it, unless that one, or another about the same, found a reason already.</summary>
    private static List<Finding> Blame(HostExamination host, StepRefusedException refused, IReadOnlyList<Finding> findings)
    {
        var name = CheckOf(refused.Step, host.Kernel.IsRoot);
        var causes = refused.Step switch
        {
            Step.Clone => NamespaceChecks.Names,
            // An ordinary user's launcher makes both at once.
            Step.Namespaces => ["user namespace", "mount namespace"],
            _ => [name],
        };
        var known = findings.Any(f => f.Status == FindingStatus.Missing && (causes.Contains(f.Name) || f.Name is "capabilities" or "host ids"));
        return [.. findings.Select(f => f.Name == name && !known ? f with { Status = FindingStatus.Missing, Detail = $"Tried: {refused.Message}.", Fix = FixOf(host, refused) } : f)];
    }

    private static string CheckOf(Step step, bool isRoot) => step switch
    {
        Step.PrivateMounts => "mount namespace",
        Step.Namespaces => isRoot ? "mount namespace" : "user namespace",
        Step.UserMap or Step.Clone => "user namespace",
        Step.IdMap or Step.Identity => "host ids",
        Step.CgroupNamespace => "cgroup namespace",
        Step.HostName => "uts namespace",
        Step.IpcNamespace => "ipc namespace",
        Step.NetworkNamespace or Step.Loopback => "network namespace",
        Step.RootProc or Step.MountProc or Step.MaskProc => "proc",
        Step.MountTerminals => "terminals",
        Step.Storage or Step.MountStorage or Step.RootTmpfs => "tmpfs",
        Step.Privileges or Step.LastPrivileges => "capabilities",
        Step.Seccomp or Step.LastSeccomp => "seccomp",
        _ => "kernel",
    };

    private static string FixOf(HostExamination host, StepRefusedException refused) => refused.Errno switch
    {
        Errno.NoDevice when refused.Step == Step.RootOverlay => "modprobe overlay",

        // An ordinary user may not take apart what the host has mounted.
        _ when refused.Step == Step.RootOverlay => "Leave --separate-roots off, or give a --rootfs below which nothing is mounted.",

        // A kernel without that fix asks who writes to the file, not who opened it.
        Errno.Access or Errno.Permission when refused.Step == Step.Cgroup && !host.IsContainer => "Install the kernel's security updates (CVE-2021-4197).",
        Errno.NoSpace => "sysctl -w user.max_user_namespaces=15000 user.max_mnt_namespaces=15000 user.max_pid_namespaces=15000 user.max_net_namespaces=15000",
        Errno.NotImplemented when !host.IsContainer && !host.IsService => "Take away the seccomp filter around this process that hides the call: grep Seccomp /proc/self/status",
        _ => Unconfine(host),
    };

    private static string GeneralFix(HostExamination host, Exception failure) => failure switch
    {
        ArgumentException => "Correct the setting.",
        UnauthorizedAccessException or SandboxException => "Give the user that runs this program the right to write there.",
        _ => Unconfine(host),
    };

    /// <summary>What lets a process call the kernel freely.</summary>
    public static string Unconfine(HostExamination host) => host.IsContainer
        ? "docker run --security-opt seccomp=unconfined --security-opt apparmor=unconfined --security-opt systempaths=unconfined --cap-add SYS_ADMIN"
        : host.IsService ? "In the unit's [Service] section: SystemCallFilter=, RestrictNamespaces=no and NoNewPrivileges=no, then: systemctl daemon-reload"
        : "Look for the seccomp filter, AppArmor or SELinux rule that refuses it: grep Seccomp /proc/self/status; dmesg | tail";
}
