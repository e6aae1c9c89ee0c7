using System.Runtime.CompilerServices;
using SandboxApi.Cli.Interop;

namespace SandboxApi.Cli.Terminals;

/// <summary>
/// Descriptors 0 to 2 that were closed when we were started (<c>&lt;&amp;-</c>) lead to /dev/null. Else the next file opened would be one of them, and
/// what we print or read would go to and come from a socket or a stored environment.
/// </summary>
internal static class StandardDescriptors
{
    /// <summary>Before anything else of ours, so that nothing of ours has taken them.</summary>
#pragma warning disable CA2255 // A program, not a library: nobody else's start is delayed.
    [ModuleInitializer]
#pragma warning restore CA2255
    internal static void EnsureOpen()
    {
        if (OperatingSystem.IsWindows())
            return;
        for (var descriptor = 0; descriptor <= 2; descriptor++)
        {
            // The lowest free one is this one, as those below are open by now.
            if (!TerminalCalls.IsOpen(descriptor))
                _ = TerminalCalls.OpenNull();
        }
    }
}
