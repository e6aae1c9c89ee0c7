using SandboxApi.Runtime.Host;

namespace SandboxApi.Runtime.Root;

/// <summary>Plans the root: a view of the host's programs, or of a directory given as <see cref="LocalSandboxOptions.RootFs"/>.</summary>
internal static class RootPlanner
{
    internal const string Home = "/home/student";

    /// <param name="options">What the operator chose.</param>
    /// <param name="network">The network that goes with it.</param>
    /// <param name="librariesDirectory">What is shown at /utils/libs; null for nothing.</param>
    /// <param name="localeArchive">The file that takes the place of the host's locales; null for none.</param>
    /// <param name="tree">What is copied into it.</param>
    /// <param name="view">What <paramref name="tree"/> holds of the host; null where nothing could be told from its packages, or where the root is a directory of its own.</param>
    internal static RootPlan Plan(LocalSandboxOptions options, NetworkMode network, string? librariesDirectory, string? localeArchive, RootTree tree, HostView? view)
    {
        var plan = new RootPlan
        {
            Network = network,
            Tree = tree,
            MountPoints = options.SeparateRoots ? [.. MountEntry.ReadAll().Select(mount => mount.MountPoint)] : [],
        };
        AddOwn(plan);
        if (options.RootFs is { } rootFs)
        {
            RootImage.AddTo(plan, Path.GetFullPath(rootFs), librariesDirectory is not null);
            if (OwnFiles.Resolver(network) is { } resolver)
                plan.AddFile("etc/resolv.conf", resolver);
        }
        else
        {
            AddHost(plan, options, network, localeArchive, view);
        }

        foreach (var path in options.ReadOnlyPaths)
        {
            var below = path.Trim('/');
            if (plan.IsBound(below) && Path.Exists(Path.Combine(options.RootFs ?? "/", below)))
                plan.AddOver(below, path);
            else if (new FileInfo(path) is { Exists: true, LinkTarget: null })
                plan.AddCopyLike(below, path);
            else
                plan.AddBind(below, path);
        }

        if (librariesDirectory is not null)
            plan.AddLiveBind("utils/libs", librariesDirectory);
        else if (!plan.Has("utils/libs"))
            plan.AddDirectory("utils/libs");
        return plan;
    }

    private static void AddOwn(RootPlan plan)
    {
        // The launcher itself makes "proc", before all others.
        foreach (var directory in (string[])["run", "tmp", "home/student", "dev/shm", "dev/pts"])
            plan.AddDirectory(directory);
        foreach (var device in (string[])["null", "zero", "full", "random", "urandom", "tty"])
            plan.AddDevice("dev/" + device, "/dev/" + device);
        plan.AddSymlink("dev/ptmx", "pts/ptmx");
        plan.AddSymlink("dev/fd", "/proc/self/fd");
        plan.AddSymlink("dev/stdin", "/proc/self/fd/0");
        plan.AddSymlink("dev/stdout", "/proc/self/fd/1");
        plan.AddSymlink("dev/stderr", "/proc/self/fd/2");
    }

    /// <summary>Copies what sandboxes see of /etc and /var: of the host's, or of that of the directory which is their root.</summary>
    /// <returns>Null where the root is such a directory, or the host's packages keep no records.</returns>
    /// <param name="options">What the operator chose.</param>
    /// <param name="tree">Where the copies go.</param>
    /// <param name="cache">The directory where what packages say is kept for the next start; null for none.</param>
    internal static HostView? Copy(LocalSandboxOptions options, RootTree tree, string? cache = null)
    {
        if (options.RootFs is null)
            return HostView.Copy("/", tree, Taken(options), cache);
        ImageConfiguration.Copy(Path.GetFullPath(options.RootFs), tree, Taken(options));
        return null;
    }

    /// <summary>What is bound as a whole: the lists of installed packages, so that a sandbox can tell what it has, and what the operator named.</summary>
    private static string[] Taken(LocalSandboxOptions options) => ["var/lib/dpkg", "var/lib/rpm", .. options.ReadOnlyPaths.Select(path => path.Trim('/'))];

    private static void AddHost(RootPlan plan, LocalSandboxOptions options, NetworkMode network, string? localeArchive, HostView? view)
    {
        foreach (var top in (string[])["usr", "bin", "sbin", "lib", "lib32", "lib64", "libx32"])
            plan.AddLike(top, "/" + top);
        if (localeArchive is not null)
            plan.AddCopyOver(LocaleArchive.HostDirectory.TrimStart('/'), localeArchive);

        plan.AddDirectory("etc");
        plan.AddFile("etc/passwd", Accounts.Passwd);
        plan.AddFile("etc/group", Accounts.Group);
        plan.AddFile("etc/hosts", OwnFiles.Hosts);
        plan.AddFile("etc/hostname", OwnFiles.HostName);
        plan.AddFile("etc/nsswitch.conf", OwnFiles.NameService);

        // Variables are the operator's to give; the file is there because a link of systemd's leads to it.
        plan.AddFile("etc/environment", "");
        if (OwnFiles.Resolver(network) is { } resolver)
            plan.AddFile("etc/resolv.conf", resolver);

        plan.AddSymlink("var/tmp", "/tmp");
        var taken = Taken(options);
        if (view is null)
            ListedHostView.AddTo(plan, taken);
        foreach (var path in (view?.Bound ?? []).Concat(["var/lib/dpkg", "var/lib/rpm"]))
            plan.AddLike(path, "/" + path);
    }
}
