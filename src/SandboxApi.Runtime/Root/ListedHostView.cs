namespace SandboxApi.Runtime.Root;

/// <summary>What sandboxes see of the /etc of a host whose packages keep no records that can be read here: a list of what programs need to start.</summary>
internal static class ListedHostView
{
    private static readonly string[] s_etc =
    [
        "alternatives", "bash.bashrc", "crypto-policies", "debian_version", "fonts", "gai.conf", "host.conf", "inputrc",
        "java", "jvm", "ld.so.cache", "ld.so.conf", "ld.so.conf.d", "locale.alias", "localtime", "lsb-release", "magic", "mime.types", "octave.conf", "os-release",
        "perl", "profile", "protocols", "R", "redhat-release", "rpc", "services", "ssl/certs", "ssl/openssl.cnf", "pki/ca-trust", "pki/java", "pki/tls/certs", "pki/tls/openssl.cnf", "terminfo", "texmf", "timezone", "xml",
    ];

    private static readonly string[] s_etcPrefixes = ["java-", "python", "mono", "php", "ghc", "dotnet", "ImageMagick", "maven", "gnucobol"];

    private static readonly string[] s_var = ["var/cache/fontconfig", "var/lib/texmf"];

    internal static void AddTo(RootPlan plan, IReadOnlyCollection<string> taken)
    {
        var prefixed = Directory.GetDirectories("/etc").Select(d => Path.GetFileName(d)!).Where(n => s_etcPrefixes.Any(p => n.StartsWith(p, StringComparison.Ordinal)));
        foreach (var path in s_etc.Concat(prefixed).Distinct().Select(name => "etc/" + name).Concat(s_var))
        {
            if (!HostSecrets.Holds(path) && !taken.Any(t => t == path || t.StartsWith(path + '/', StringComparison.Ordinal)))
                plan.AddCopyLike(path, "/" + path);
        }
    }
}
