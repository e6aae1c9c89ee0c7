using SandboxApi.Launcher.Interop;

namespace SandboxApi.Launcher;

/// <summary>The native process between the runtime and the kernel. See README.md in this folder for the rules of its code.</summary>
internal static unsafe class Program
{
    /// <summary>Ends with 2 when it was not started by the runtime.</summary>
    private static int Main()
    {
        // Without a socket at the agreed place somebody typed our name.
        if (Libc.fcntl(Wire.LauncherSocket, 1 /* F_GETFD */, 0) < 0)
            return 2;
        return Supervisor.Run();
    }
}
