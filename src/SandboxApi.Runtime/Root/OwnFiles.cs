namespace SandboxApi.Runtime.Root;

/// <summary>Files of /etc that are the sandbox's own in every root.</summary>
internal static class OwnFiles
{
    internal const string Hosts = "127.0.0.1\tlocalhost sandbox\n::1\tlocalhost sandbox\n";
    internal const string HostName = "sandbox\n";
    internal const string NameService = "passwd: files\ngroup: files\nhosts: files dns\nservices: files\nprotocols: files\n";

    private const string HostResolver = "/etc/resolv.conf";

    /// <summary>How names are resolved: as on the host in the host's network, and not at all without one.</summary>
    internal static string? Resolver(NetworkMode network) => network == NetworkMode.Host && File.Exists(HostResolver) ? File.ReadAllText(HostResolver) : null;
}
