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
    private const long SeccompNumber = 317;
    private const uint GetActionAvailable = 2;
    private const uint ActionError = 0x0005_0000;
    private const long PidFdSendSignalNumber = 424;
    private const int GetMemoryDenyWriteExecute = 66;

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

    /// <summary>Asks seccomp(2) whether filters may answer with an error: 0, or why not.</summary>
    public static int SeccompError()
    {
        var action = ActionError;

        // Safe: the kernel reads the four bytes of this local.
        return Seccomp(SeccompNumber, GetActionAvailable, 0, &action) < 0 ? Marshal.GetLastPInvokeError() : 0;
    }

    /// <summary>Signals through a descriptor that is none: 0 where pidfd_send_signal(2) minds just that, or why it is refused.</summary>
    public static int PidFdError()
    {
        _ = PidFdSendSignal(PidFdSendSignalNumber, -1, 0, null, 0);
        return Marshal.GetLastPInvokeError() is var error && error != Errno.BadDescriptor ? error : 0;
    }

    /// <summary>Makes a sealed file in memory and closes it: 0, or why not.</summary>
    public static int MemoryFileError()
    {
        try
        {
            _ = Descriptors.Close(MemoryFiles.CreateSealed([], executable: true));
            return 0;
        }
        catch (SystemCallException exception)
        {
            return exception.Errno;
        }
    }

    /// <summary>Asks for PR_SET_MDWE (prctl(2)); false where the kernel has none.</summary>
    public static bool RefusesWriteExecute() => ProcessControl(GetMemoryDenyWriteExecute, 0, 0, 0, 0) > 0;

    [LibraryImport("libc", EntryPoint = "prctl")]
    private static partial int ProcessControl(int option, nuint a, nuint b, nuint c, nuint d);

    [LibraryImport("libc", EntryPoint = "statx", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial int Status(int directory, string path, int flags, uint mask, FileCalls.StatX* status);

    [LibraryImport("libc", EntryPoint = "faccessat", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial int Access(int directory, string path, int mode, int flags);

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    private static partial long OpenAt2(long number, int directory, byte* path, ulong* how, nuint size);

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    private static partial long Seccomp(long number, uint operation, uint flags, uint* action);

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    private static partial long PidFdSendSignal(long number, int descriptor, int signal, void* information, uint flags);
}
