using SandboxApi.Launcher.Interop;
using static SandboxApi.Launcher.Interop.Constants;

namespace SandboxApi.Launcher;

/// <summary>What the paths to hide below /proc are: looked up once by the launcher, so that every init tries the right thing first, and nothing that never comes.</summary>
internal static unsafe class MaskKinds
{
    private const byte Directory = 1;
    private const byte Absent = 2;

    private static byte* s_kinds;
    private static uint s_count;

    /// <summary>To be called where there is a whole <c>/proc</c>, of whatever processes.</summary>
    internal static void Look(Configuration configuration)
    {
        // A byte for each is no more than the paths themselves take.
        var memory = Libc.mmap(null, configuration.Message->MaskBytes + 1, 3 /* read, write */, 0x22 /* private, anonymous */, -1, 0);
        if ((nint)memory == -1)
            return;
        s_kinds = (byte*)memory;
        var proc = Libc.openat(AtFdCwd, Libc.Text("/proc"u8), OPath | ODirectory | OCloExec, 0);
        for (var mask = configuration.Masks; mask < configuration.MasksEnd; mask = Configuration.After(mask))
            s_kinds[s_count++] = Look(proc, Path(mask));
        Libc.close(proc);
    }

    /// <summary>The path itself of an entry of the list.</summary>
    internal static byte* Path(byte* mask) => *mask == Wire.MayCome ? mask + 1 : mask;

    internal static bool WasDirectory(uint index) => index < s_count && s_kinds[index] == Directory;

    /// <summary>Whether it is not there now either: what the kernel itself makes in /proc is there from its start.</summary>
    internal static bool IsNeverThere(uint index, byte* mask) => *mask != Wire.MayCome && index < s_count && s_kinds[index] == Absent;

    private static byte Look(int proc, byte* path)
    {
        var directory = Libc.openat(proc, path, OPath | ODirectory | OCloExec, 0);
        if (directory < 0)
            return Libc.Errno == ENoEnt ? Absent : (byte)0;
        Libc.close(directory);
        return Directory;
    }
}
