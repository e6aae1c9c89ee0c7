namespace SandboxApi.Runtime.Root;

/// <summary>Plans the root: a view of the host's programs, or of a directory given as <see cref="LocalSandboxOptions.RootFs"/>.</summary>
internal static class RootPlanner
{
    internal const string Home = "/home/student";

    /// <summary>What a sandbox sees of the host's /etc: what programs need to start, never accounts, keys or the host's own settings.</summary>
    private static readonly string[] s_etc =
    [
        "alternatives", "bash.bashrc", "ca-certificates", "ca-certificates.conf", "crypto-policies", "debian_version", "fonts", "gai.conf", "host.conf", "inputrc",
        "java", "jvm", "ld.so.cache", "ld.so.conf", "ld.so.conf.d", "locale.alias", "localtime", "lsb-release", "magic", "mime.types", "octave.conf", "os-release",
        "perl", "pki", "profile", "protocols", "R", "redhat-release", "rpc", "services", "ssl/certs", "ssl/openssl.cnf", "terminfo", "texmf", "timezone",
    ];

    private static readonly string[] s_etcPrefixes = ["java-", "python", "mono", "php", "ghc", "dotnet"];

    /// <summary>Directories that a sandbox has of its own, whatever the root.</summary>
    private static readonly HashSet<string> s_own = ["proc", "sys", "dev", "tmp", "home", "run", "utils", "lost+found"];

    /// <param name="options">What the operator chose.</param>
    /// <param name="network">The network that goes with it.</param>
    /// <param name="librariesDirectory">What is shown at /utils/libs; null for nothing.</param>
    /// <param name="localeArchive">The file that takes the place of the host's locales; null for none.</param>
    /// <param name="instanceDirectory">For files that are made for it.</param>
    internal static RootPlan Plan(LocalSandboxOptions options, NetworkMode network, string? librariesDirectory, string? localeArchive, string instanceDirectory)
    {
        var plan = new RootPlan { Network = network };
        AddOwn(plan);
        if (options.RootFs is { } rootFs)
            AddRootFs(plan, Path.GetFullPath(rootFs), instanceDirectory);
        else
            AddHost(plan, network, localeArchive);
        foreach (var path in options.ReadOnlyPaths)
            plan.AddBind(path.Trim('/'), path);
        if (librariesDirectory is null)
            plan.AddDirectory("utils/libs");
        else
            plan.AddBind("utils/libs", librariesDirectory);
        return plan;
    }

    private static void AddOwn(RootPlan plan)
    {
        // The launcher itself makes "proc", before all others.
        foreach (var directory in (string[])["run", "tmp", "home/student", "dev/shm"])
            plan.AddDirectory(directory);
        foreach (var device in (string[])["null", "zero", "full", "random", "urandom"])
            plan.AddDevice("dev/" + device, "/dev/" + device);
        plan.AddSymlink("dev/fd", "/proc/self/fd");
        plan.AddSymlink("dev/stdin", "/proc/self/fd/0");
        plan.AddSymlink("dev/stdout", "/proc/self/fd/1");
        plan.AddSymlink("dev/stderr", "/proc/self/fd/2");
    }

    private static void AddHost(RootPlan plan, NetworkMode network, string? localeArchive)
    {
        foreach (var top in (string[])["usr", "bin", "sbin", "lib", "lib32", "lib64", "libx32"])
            plan.AddLike(top, "/" + top);
        if (localeArchive is not null)
            plan.AddCopyOver(LocaleArchive.HostDirectory.TrimStart('/'), localeArchive);

        plan.AddDirectory("etc");
        var names = s_etc.Concat(Directory.GetDirectories("/etc").Select(d => Path.GetFileName(d)!).Where(n => s_etcPrefixes.Any(p => n.StartsWith(p, StringComparison.Ordinal))));
        foreach (var name in names.Distinct())
            plan.AddCopyLike("etc/" + name, "/etc/" + name);
        plan.AddFile("etc/passwd", Accounts.Passwd);
        plan.AddFile("etc/group", Accounts.Group);
        plan.AddFile("etc/hosts", "127.0.0.1\tlocalhost sandbox\n::1\tlocalhost sandbox\n");
        plan.AddFile("etc/hostname", "sandbox\n");
        plan.AddFile("etc/nsswitch.conf", "passwd: files\ngroup: files\nhosts: files dns\nservices: files\nprotocols: files\n");
        if (network == NetworkMode.Host && File.Exists("/etc/resolv.conf"))
            plan.AddFile("etc/resolv.conf", File.ReadAllText("/etc/resolv.conf"));

        plan.AddSymlink("var/tmp", "/tmp");

        // The lists of installed packages, so that a sandbox can tell what it has.
        plan.AddLike("var/lib/dpkg", "/var/lib/dpkg");
        plan.AddLike("var/lib/rpm", "/var/lib/rpm");
    }

    private static void AddRootFs(RootPlan plan, string rootFs, string instanceDirectory)
    {
        foreach (var entry in Directory.GetFileSystemEntries(rootFs).Order(StringComparer.Ordinal))
        {
            var name = Path.GetFileName(entry);
            if (!s_own.Contains(name))
                plan.AddLike(name, entry);
        }

        if (!Directory.Exists(Path.Combine(rootFs, "etc")))
        {
            plan.AddFile("etc/passwd", Accounts.Passwd);
            plan.AddFile("etc/group", Accounts.Group);
            return;
        }

        foreach (var (file, line) in ((string, string)[])[("passwd", Accounts.StudentPasswd), ("group", Accounts.StudentGroup)])
        {
            var theirs = Path.Combine(rootFs, "etc", file);
            var ours = Path.Combine(instanceDirectory, file);
            var lines = File.ReadAllLines(theirs).Where(l => !l.StartsWith("student:", StringComparison.Ordinal));
            File.WriteAllLines(ours, lines.Append(line));
            plan.AddOver("etc/" + file, ours);
        }
    }
}
