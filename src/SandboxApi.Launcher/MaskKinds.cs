using SandboxApi.Launcher.Interop;
using static SandboxApi.Launcher.Interop.Constants;

namespace SandboxApi.Launcher;

/// <summary>Which of the paths to hide below /proc are directories: looked up once by the launcher, so that every init tries the right thing first.</summary>
internal static unsafe class MaskKinds
{
    private static byte* s_directories;
    private static uint s_count;

    /// <summary>To be called where there is a whole <c>/proc</c>, of whatever processes.</summary>
    internal static void Look(Configuration configuration)
    {
        // A byte for each is no more than the paths themselves take.
        var memory = Libc.mmap(null, configuration.Message->MaskBytes + 1, 3 /* read, write */, 0x22 /* private, anonymous */, -1, 0);
        if ((nint)memory == -1)
            return;
        s_directories = (byte*)memory;
        var proc = Libc.openat(AtFdCwd, Libc.Text("/proc"u8), OPath | ODirectory | OCloExec, 0);
        for (var path = configuration.Masks; path < configuration.MasksEnd; path = Configuration.After(path), s_count++)
        {
            var directory = Libc.openat(proc, path, OPath | ODirectory | OCloExec, 0);
            if (directory < 0)
                continue;
            s_directories[s_count] = 1;
            Libc.close(directory);
        }

        Libc.close(proc);
    }

    internal static bool WasDirectory(uint index) => index < s_count && s_directories[index] != 0;
}
