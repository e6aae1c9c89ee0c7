using SandboxApi.Runtime.Host;
using SandboxApi.Runtime.Isolation;

namespace SandboxApi.Runtime.Doctor;

/// <summary>Which namespaces can be made.</summary>
internal static class NamespaceChecks
{
    private static readonly (string File, string Sysctl, string Config, string Protection)[] Kinds =
    [
        ("pid", "max_pid_namespaces", "CONFIG_PID_NS", "pid-namespace"),
        ("mnt", "max_mnt_namespaces", "CONFIG_NAMESPACES", "mount-namespace"),
        ("ipc", "max_ipc_namespaces", "CONFIG_IPC_NS", "ipc-namespace"),
        ("uts", "max_uts_namespaces", "CONFIG_UTS_NS", "uts-namespace"),
        ("cgroup", "max_cgroup_namespaces", "CONFIG_CGROUPS", "cgroup-namespace"),
        ("net", "max_net_namespaces", "CONFIG_NET_NS", Protections.Network),
    ];

    /// <summary>The checks here, by the names of their findings.</summary>
    public static IReadOnlyList<string> Names { get; } = ["user namespace", .. Kinds.Select(k => NameOf(k.File))];

    public static IEnumerable<Finding> All(HostExamination host) =>
        Kinds.Select(k => Kind(host, k.File, k.Sysctl, k.Config, k.Protection)).Prepend(User(host));

    /// <summary>Whether a sandbox can have a network of its own.</summary>
    public static Finding Network(HostExamination host) => Kinds.Where(k => k.Protection == Protections.Network).Select(k => Kind(host, k.File, k.Sysctl, k.Config, k.Protection)).Single();

    private static string NameOf(string file) => (file == "mnt" ? "mount" : file == "net" ? "network" : file) + " namespace";

    private static Finding User(HostExamination host)
    {
        Finding Missing(string detail, string fix) => new("user namespace", FindingStatus.Missing, detail, fix, "user-namespace");

        if (!Exists(host, "user"))
        {
            return Missing("The kernel has no user namespaces.", "Boot a kernel built with CONFIG_USER_NS=y.");
        }

        if (host.Read("/proc/sys/user/max_user_namespaces") == "0")
        {
            return Missing("User namespaces are switched off (user.max_user_namespaces is 0).", "sysctl -w user.max_user_namespaces=15000");
        }

        if (!host.Kernel.IsRoot && host.Read("/proc/sys/kernel/unprivileged_userns_clone") == "0")
        {
            return Missing("User namespaces are kept to root (kernel.unprivileged_userns_clone is 0).", "sysctl -w kernel.unprivileged_userns_clone=1, or run as root.");
        }

        if (!host.Kernel.IsRoot && host.Read("/proc/sys/kernel/apparmor_restrict_unprivileged_userns") == "1")
        {
            return Missing("AppArmor takes all rights from user namespaces of ordinary users (kernel.apparmor_restrict_unprivileged_userns is 1).", "sysctl -w kernel.apparmor_restrict_unprivileged_userns=0, or run as root.");
        }

        return host.Kernel.UserNamespaceWorks switch
        {
            false => Missing(
                "Making a user and a mount namespace was tried and refused.",
                TrialChecks.Unconfine(host)),
            true => Ok("User namespaces can be made."),
            null => Ok("Nothing seems to forbid user namespaces."),
        };

        static Finding Ok(string detail) => new("user namespace", FindingStatus.Ok, detail, Protection: "user-namespace");
    }

    private static Finding Kind(HostExamination host, string file, string sysctl, string config, string protection)
    {
        var name = NameOf(file);
        return !Exists(host, file)
                ? new(name, FindingStatus.Missing, $"The kernel has no {name}s.", $"Boot a kernel built with {config}=y.", protection)
            : host.Read("/proc/sys/user/" + sysctl) == "0"
                ? new(name, FindingStatus.Missing, $"{char.ToUpperInvariant(name[0])}{name[1..]}s are switched off (user.{sysctl} is 0).", $"sysctl -w user.{sysctl}=15000", protection)
            : new(name, FindingStatus.Ok, $"{char.ToUpperInvariant(name[0])}{name[1..]}s can be made.", Protection: protection);
    }

    // The files are links to no real path ("pid:[4026531836]"), so only the entry itself counts.
    private static bool Exists(HostExamination host, string kind) =>
        new FileInfo(HostPath.Under(host.Root, "/proc/self/ns/" + kind)) is { } file && (file.Exists || file.LinkTarget is not null);
}
