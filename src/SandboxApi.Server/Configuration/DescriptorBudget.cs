using System.Globalization;
using SandboxApi.Runtime.Doctor;

namespace SandboxApi.Server.Configuration;

/// <summary>How many connections the limit of open files leaves room for, beside what the sandboxes need.</summary>
/// <remarks>
/// Clients must not be able to use up the last descriptor: without one no sandbox can be made, and the .NET runtime ends the whole program as soon as it needs
/// another thread.
/// </remarks>
internal static class DescriptorBudget
{
    /// <summary>A connection, and the archive that came over it.</summary>
    private const int PerConnection = 2;

    internal static long Connections(long openFiles, LocalSandboxOptions sandbox) => Math.Max(1, (openFiles - CapacityChecks.FilesNeeded(sandbox)) / PerConnection);

    /// <summary>The limit that will hold for this process (proc_pid_limits(5)): the hard one, to which a <see cref="LocalSandbox"/> raises it.</summary>
    internal static long OpenFiles()
    {
        var line = File.ReadLines("/proc/self/limits").First(line => line.StartsWith("Max open files", StringComparison.Ordinal));
        return long.TryParse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[4], CultureInfo.InvariantCulture, out var limit) ? limit : long.MaxValue;
    }
}
