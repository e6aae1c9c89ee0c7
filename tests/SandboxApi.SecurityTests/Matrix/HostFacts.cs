using System.Reflection;
using System.Runtime.InteropServices;

namespace SandboxApi.SecurityTests.Matrix;

/// <summary>What a report tells of the host and the product, attached to a test.</summary>
internal static class HostFacts
{
    public const string Prefix = "host.";
    public const string Version = "version";
    public const string Kernel = "kernel";
    public const string System = "system";

    public static IReadOnlyDictionary<string, string> Gather() => new Dictionary<string, string>
    {
        [Version] = ProductVersion(),
        [Kernel] = File.ReadAllText("/proc/sys/kernel/osrelease").Trim(),
        [System] = RuntimeInformation.OSDescription,
    };

    /// <summary>The version, and the first digits of the commit it was built from.</summary>
    private static string ProductVersion()
    {
        var version = typeof(LocalSandbox).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion;
        return version.Split('+') is [var number, var commit] ? $"{number}+{commit[..Math.Min(12, commit.Length)]}" : version;
    }
}
