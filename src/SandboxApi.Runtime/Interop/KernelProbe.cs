using System.Runtime.InteropServices;

namespace SandboxApi.Runtime.Interop;

/// <summary>System calls that only ask what this kernel can do and what this process may do; none of them changes anything.</summary>
internal static unsafe partial class KernelProbe
{
    private const int AtCurrentDirectory = -100;
    private const int AtEffectiveAccess = 0x200;
    private const int WriteAndSearch = 2 | 1;
    private const int WriteOnly = 2;
    private const long OpenAt2Number = 437;
    private const int OpenPath = 0x200000 | 0x80000; // O_PATH | O_CLOEXEC
    private const int GetSeccomp = 21;

    /// <summary>Whether entries can be made in the directory, read-only mounts included.</summary>
    public static bool CanWriteDirectory(string path) => Access(AtCurrentDirectory, path, WriteAndSearch, AtEffectiveAccess) == 0;

    /// <summary>Whether the file can be written, read-only mounts included.</summary>
    public static bool CanWriteFile(string path) => Access(AtCurrentDirectory, path, WriteOnly, AtEffectiveAccess) == 0;

    /// <summary>Opens <c>/</c> with openat2(2): 0, or why not.</summary>
    public static int OpenAt2Error()
    {
        // struct open_how { flags, mode, resolve }
        var how = stackalloc ulong[3] { OpenPath, 0, 0 };
        var path = stackalloc byte[2] { (byte)'/', 0 };

        // Safe: both pointers live on this stack frame, and the call reads exactly the sizes given.
        var descriptor = OpenAt2(OpenAt2Number, AtCurrentDirectory, path, how, 3 * sizeof(ulong));
        if (descriptor < 0)
        {
            return Marshal.GetLastPInvokeError();
        }

        _ = Descriptors.Close((int)descriptor);
        return 0;
    }

    /// <summary>Asks for the seccomp mode of this thread: 0, or why not (EINVAL from a kernel without seccomp).</summary>
    public static int SeccompError() => Control(GetSeccomp, 0, 0, 0, 0) < 0 ? Marshal.GetLastPInvokeError() : 0;

    [LibraryImport("libc", EntryPoint = "faccessat", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial int Access(int directory, string path, int mode, int flags);

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    private static partial long OpenAt2(long number, int directory, byte* path, ulong* how, nuint size);

    [LibraryImport("libc", EntryPoint = "prctl", SetLastError = true)]
    private static partial int Control(int option, nuint second, nuint third, nuint fourth, nuint fifth);
}
