using SandboxApi.Launcher.Interop;
using static SandboxApi.Launcher.Interop.Constants;

namespace SandboxApi.Launcher;

/// <summary>What happens at a signal. What is ignored stays so across clone and execve.</summary>
internal static unsafe class Signals
{
    /// <summary>What a service manager or a terminal sends to whole groups: our end is the runtime's to decide.</summary>
    private static ReadOnlySpan<byte> Ends => [1 /* SIGHUP */, 2 /* SIGINT */, 15 /* SIGTERM */];

    internal static void IgnoreEnds()
    {
        foreach (var signal in Ends)
            Set(signal, 1 /* SIG_IGN */);
    }

    /// <summary>Has those ignored, and the end of children as well, which the kernel then reaps by itself.</summary>
    internal static void IgnoreThoseOfOthers()
    {
        IgnoreEnds();
        Set(SigChld, 1);
    }

    /// <summary>Undoes just that.</summary>
    internal static void ResetThoseOfOthers()
    {
        foreach (var signal in Ends)
            Set(signal, 0 /* SIG_DFL */);
        Set(SigChld, 0);
    }

    /// <summary>Undoes all, as what the .NET runtime set: its handlers would run in memory that a command borrows.</summary>
    internal static void Reset()
    {
        for (var signal = 1; signal <= SigCount; signal++)
            Set(signal, 0);
    }

    private static void Set(int signal, nuint handler)
    {
        var action = new KernelSigAction { Handler = handler };
        Libc.Call(SysRtSigAction, signal, (nint)(&action), 0, sizeof(ulong));
    }
}
