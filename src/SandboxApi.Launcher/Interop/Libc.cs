using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

[assembly: DisableRuntimeMarshalling]

namespace SandboxApi.Launcher.Interop;

/// <summary>Direct calls into libc: bound when linked, no marshalling, no transition, so that they are safe after clone.</summary>
/// <remarks>None may be called where a garbage collection could be waiting: the launcher allocates nothing, so there is none.</remarks>
internal static unsafe partial class Libc
{
    private const string Name = "libc";

    [DllImport(Name), SuppressGCTransition]
    private static extern int* __errno_location();

    internal static int Errno => *__errno_location();

    /// <summary>Where it lies: in the memory of this thread.</summary>
    internal static int* ErrnoPlace => __errno_location();

    /// <summary>Keeps the first error when cleaning up had one of its own.</summary>
    internal static void SetErrno(int value) => *__errno_location() = value;

    [DllImport(Name), SuppressGCTransition]
    internal static extern void _exit(int status);

    [DllImport(Name), SuppressGCTransition]
    internal static extern nint read(int fd, void* buffer, nuint count);

    [DllImport(Name), SuppressGCTransition]
    internal static extern nint write(int fd, void* buffer, nuint count);

    [DllImport(Name), SuppressGCTransition]
    internal static extern int close(int fd);

    [DllImport(Name), SuppressGCTransition]
    internal static extern int openat(int directory, byte* path, int flags, uint mode);

    [DllImport(Name), SuppressGCTransition]
    internal static extern int dup3(int from, int to, int flags);

    [DllImport(Name), SuppressGCTransition]
    internal static extern int fcntl(int fd, int command, nint argument);

    [DllImport(Name), SuppressGCTransition]
    internal static extern int ioctl(int fd, nuint request, void* argument);

    [DllImport(Name), SuppressGCTransition]
    internal static extern int mkdirat(int directory, byte* path, uint mode);

    [DllImport(Name), SuppressGCTransition]
    internal static extern int symlinkat(byte* target, int directory, byte* path);

    [DllImport(Name), SuppressGCTransition]
    internal static extern int fchownat(int directory, byte* path, uint uid, uint gid, int flags);

    [DllImport(Name), SuppressGCTransition]
    internal static extern int chdir(byte* path);

    [DllImport(Name), SuppressGCTransition]
    internal static extern uint umask(uint mask);

    [DllImport(Name), SuppressGCTransition]
    internal static extern int mount(byte* source, byte* target, byte* type, nuint flags, void* data);

    [DllImport(Name), SuppressGCTransition]
    internal static extern int umount2(byte* target, int flags);

    [DllImport(Name), SuppressGCTransition]
    internal static extern int unshare(int flags);

    [DllImport(Name), SuppressGCTransition]
    internal static extern int sethostname(byte* name, nuint length);

    [DllImport(Name), SuppressGCTransition]
    internal static extern int prctl(int option, nuint a, nuint b, nuint c, nuint d);

    [DllImport(Name), SuppressGCTransition]
    internal static extern int prlimit(int pid, int resource, RLimit* limit, RLimit* old);

    [DllImport(Name), SuppressGCTransition]
    internal static extern int socket(int domain, int type, int protocol);

    [DllImport(Name), SuppressGCTransition]
    internal static extern int socketpair(int domain, int type, int protocol, int* pair);

    [DllImport(Name), SuppressGCTransition]
    internal static extern nint sendmsg(int fd, MessageHeader* message, int flags);

    [DllImport(Name), SuppressGCTransition]
    internal static extern nint recvmsg(int fd, MessageHeader* message, int flags);

    [DllImport(Name), SuppressGCTransition]
    internal static extern int ppoll(PollDescriptor* descriptors, nuint count, TimeSpec* timeout, void* mask);

    [DllImport(Name), SuppressGCTransition]
    internal static extern int signalfd(int fd, ulong* mask, int flags);

    [DllImport(Name), SuppressGCTransition]
    internal static extern int kill(int pid, int signal);

    [DllImport(Name), SuppressGCTransition]
    internal static extern int getpid();

    [DllImport(Name), SuppressGCTransition]
    internal static extern int setsid();

    [DllImport(Name), SuppressGCTransition]
    internal static extern int wait4(int pid, int* status, int options, ResourceUsage* usage);

    [DllImport(Name), SuppressGCTransition]
    internal static extern int execve(byte* path, byte** arguments, byte** variables);

    [DllImport(Name), SuppressGCTransition]
    internal static extern void* mmap(void* address, nuint length, int protection, int flags, int fd, nint offset);

    /// <summary>Starts a child that borrows this address space. A full transition: the child enters through a callback, which demands one.</summary>
    [DllImport(Name)]
    internal static extern int clone(delegate* unmanaged<void*, int> entry, void* stackTop, int flags, void* argument);

    /// <summary>A call that libc has no wrapper for, or whose wrapper does more than the call.</summary>
    [DllImport(Name), SuppressGCTransition]
    internal static extern nint syscall(nint number, nint a, nint b, nint c, nint d, nint e);

    internal static nint Call(nint number, nint a = 0, nint b = 0, nint c = 0, nint d = 0, nint e = 0) => syscall(number, a, b, c, d, e);

    /// <summary>The address of a literal; the compiler closes each with NUL and keeps it in read-only data.</summary>
    internal static byte* Text(ReadOnlySpan<byte> literal) => (byte*)Unsafe.AsPointer(ref MemoryMarshal.GetReference(literal));
}
