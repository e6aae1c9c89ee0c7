using System.Globalization;

namespace SandboxApi.Runtime.Doctor;

/// <summary>Settings of the kernel that are one number for the whole host, and what to do where they are too small for the pool.</summary>
internal static class Sysctl
{
    /// <summary>The other way out, behind a fix.</summary>
    internal const string OrFewerSandboxes = "; or keep fewer sandboxes (SANDBOX_POOL_SIZE)";

    /// <summary>What a setting is; null where it is not there, or not for this user.</summary>
    internal static long? Read(HostExamination host, string name) => Number(host.Read("/proc/sys/" + name.Replace('.', '/')));

    internal static long? Number(string? text) => long.TryParse(text, CultureInfo.InvariantCulture, out var number) ? number : null;

    internal static string Set(string name, long value) => string.Create(CultureInfo.InvariantCulture, $"sysctl -w {name}={value}{OrFewerSandboxes}");
}
