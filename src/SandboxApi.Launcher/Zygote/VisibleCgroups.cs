using SandboxApi.Launcher.Interop;
using static SandboxApi.Launcher.Interop.Constants;

namespace SandboxApi.Launcher.Zygote;

/// <summary>Shows programs their own cgroups, read-only, where language runtimes look for the limits they are to plan with: as the roots of a cgroup namespace, as a container does.</summary>
/// <remarks>
/// Namespace and mounts are the zygote's, made when it enters cgroups; its sandboxes get copies of the mounts. Of others nothing is seen: each hierarchy that is shown has a
/// cgroup of the slot, and what is below the namespace's root is that alone.
/// </remarks>
internal unsafe ref struct VisibleCgroups(Configuration configuration)
{
    private const nuint Flags = MsNoSuid | MsNoDev | MsNoExec;

    /// <summary>Makes the cgroups that this process is in the roots of what is seen from here on; false when no namespace could be made. Where a mount is refused a sandbox does without it: it is no weaker.</summary>
    internal bool Renew()
    {
        if (Libc.unshare(CloneNewCgroup) < 0)
            return false;
        for (var path = configuration.Cgroups; path < configuration.CgroupsEnd; path = Configuration.After(Configuration.After(path)))
        {
            // Those of the cgroups before; there are none at first.
            Libc.umount2(path, MntDetach);
            Mount(path, Configuration.After(path));
        }

        return true;
    }

    /// <summary>In two steps, as the flags of the first would be those of the hierarchy itself, for all who see it, were it mounted nowhere else.</summary>
    private static void Mount(byte* path, byte* controllers)
    {
        var source = Libc.Text("cgroup"u8);
        var type = *controllers == 0 ? Libc.Text("cgroup2"u8) : source;
        if (Libc.mount(source, path, type, Flags, *controllers == 0 ? null : controllers) < 0)
            return;
        if (Libc.mount(null, path, null, MsRemount | MsBind | MsRdOnly | Flags, null) < 0)
            Libc.umount2(path, MntDetach);
    }
}
