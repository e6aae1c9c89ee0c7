using System.Runtime.InteropServices;

namespace SandboxApi.SecurityTests.Faults;

/// <summary>Signals to any process (kill(2)).</summary>
internal static partial class Signals
{
    public static void Kill(int pid) => Send(pid, 9);

    /// <summary>Kills one that may have ended already.</summary>
    public static void TryKill(int pid) => _ = SendSignal(pid, 9);

    /// <summary>Stops one that may have ended already.</summary>
    public static void TryStop(int pid) => _ = SendSignal(pid, 19);

    /// <summary>Stops a process, so that it hangs and yet lives.</summary>
    public static void Stop(int pid) => Send(pid, 19);

    public static void Continue(int pid) => Send(pid, 18);

    public static void Terminate(int pid) => Send(pid, 15);

    private static void Send(int pid, int signal) => SendSignal(pid, signal).ShouldBe(0, $"signal {signal} to {pid}");

    [DllImport("libc", EntryPoint = "kill", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int SendSignal(int pid, int signal);
}
