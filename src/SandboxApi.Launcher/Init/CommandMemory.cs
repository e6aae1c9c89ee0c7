using SandboxApi.Launcher.Interop;
using static SandboxApi.Launcher.Interop.Constants;

namespace SandboxApi.Launcher.Init;

/// <summary>What an init needs to start commands: the child's stack, pointers to strings, and the strings. One piece, got by the zygote and touched by inits alone, so that each has its own pages.</summary>
internal static unsafe class CommandMemory
{
    private const int StackBytes = 64 << 10;
    private const int PointerBytes = (Wire.MaxStrings + 2) * 8;

    private static byte* s_start;

    /// <summary>Behind the last byte of the stack, which grows down from here.</summary>
    internal static byte* StackTop => s_start + StackBytes;

    internal static byte** Pointers => (byte**)StackTop;

    internal static byte* Strings => StackTop + PointerBytes;

    /// <summary>False when the memory cannot be had.</summary>
    internal static bool Get()
    {
        const int Bytes = StackBytes + PointerBytes + Wire.MaxStartBytes;
        s_start = (byte*)Libc.mmap(null, Bytes, 3 /* read, write */, 0x22 /* private, anonymous */, -1, 0);
        if ((nint)s_start == -1)
            return false;

        // Where the kernel gives huge pages to all, the first byte would cost two megabytes.
        Libc.Call(SysAdvise, (nint)s_start, Bytes, NoHugePages);
        return true;
    }

    /// <summary>Touches what every command needs now, while nobody waits.</summary>
    internal static void Touch()
    {
        StackTop[-PageBytes] = 0;
        *Pointers = null;
        *Strings = 0;
    }
}
