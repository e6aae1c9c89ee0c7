using System.Globalization;

namespace SandboxApi.Runtime.Engine;

/// <summary>How many pseudo-terminals a sandbox may have: the kernel counts those of the whole host together, so all sandboxes of a server may have a part of them only.</summary>
/// <remarks>They take memory of the kernel's own (some 60 KiB where its buffers are full), most of which no cgroup is charged with; this bounds that too.</remarks>
internal static class TerminalBudget
{
    /// <summary>More than a terminal multiplexer or a test suite needs.</summary>
    internal const int Most = 64;

    /// <summary>Below this, programs that use several at one time may miss them.</summary>
    internal const int Usual = 8;

    /// <summary>What all sandboxes of a server may have of the host's: others, and other servers, go on.</summary>
    private const int Part = 4;

    /// <summary>The kernel's own numbers.</summary>
    private const long UsualMost = 4096;
    private const long UsualReserve = 1024;

    /// <summary>1 to <see cref="Most"/>.</summary>
    /// <param name="poolSize">Sandboxes at one time.</param>
    /// <param name="most">kernel.pty.max of the host; null where it cannot be read.</param>
    /// <param name="reserve">kernel.pty.reserve: kept for the host itself.</param>
    internal static int Of(int poolSize, long? most, long? reserve) =>
        (int)Math.Clamp(((most ?? UsualMost) - (reserve ?? UsualReserve)) / Part / Math.Max(poolSize, 1), 1, Most);

    internal static int OfThisHost(int poolSize) => Of(poolSize, Read("/proc/sys/kernel/pty/max"), Read("/proc/sys/kernel/pty/reserve"));

    /// <summary>A kernel.pty.max that gives each sandbox <see cref="Usual"/>.</summary>
    internal static long Enough(int poolSize, long? reserve) => ((long)Usual * Part * poolSize) + (reserve ?? UsualReserve);

    private static long? Read(string path)
    {
        try
        {
            return long.TryParse(File.ReadAllText(path), CultureInfo.InvariantCulture, out var number) ? number : null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
