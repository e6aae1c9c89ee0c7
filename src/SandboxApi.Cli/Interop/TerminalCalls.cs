using System.Runtime.InteropServices;

namespace SandboxApi.Cli.Interop;

/// <summary>What is asked of the kernel about the program's own descriptors.</summary>
internal static unsafe partial class TerminalCalls
{
    private const int GetDescriptorFlags = 1; // F_GETFD
    private const int ReadWrite = 2; // O_RDWR
    private const nuint GetWindowSize = 0x5413; // TIOCGWINSZ
    private const int EmptyPath = 0x1000; // AT_EMPTY_PATH
    private const int CurrentDirectory = -100; // AT_FDCWD
    private const uint StatusType = 1; // STATX_TYPE

    /// <summary>The bits of a file's mode that say what it is.</summary>
    private const int TypeMask = 0xF000;

    /// <summary>Whether the descriptor is open.</summary>
    internal static bool IsOpen(int descriptor) => Control(descriptor, GetDescriptorFlags) >= 0;

    /// <summary>Opens the null device at the lowest free descriptor.</summary>
    internal static int OpenNull() => Open("/dev/null", ReadWrite);

    /// <summary>The columns of the terminal behind a descriptor; 0 when there is none, or it does not say.</summary>
    internal static int Columns(int descriptor)
    {
        WindowSize size = default;

        // Safe: the kernel writes the eight bytes of this local.
        return Window(descriptor, GetWindowSize, &size) == 0 ? size.Columns : 0;
    }

    /// <summary>What a descriptor leads to.</summary>
    internal static StreamKind KindOf(int descriptor)
    {
        // struct statx is 256 bytes; its mode lies at byte 28.
        var status = stackalloc byte[256];
        byte empty = 0;

        // Safe: both pointers live on this stack frame, and the kernel writes no more than the structure.
        if (Status(descriptor, &empty, EmptyPath, StatusType, status) != 0)
            return StreamKind.None;
        return (*(ushort*)(status + 28) & TypeMask) switch
        {
            0x1000 => StreamKind.Pipe,
            0x8000 => StreamKind.File,
            0xC000 => StreamKind.Socket,
            _ => StreamKind.None,
        };
    }

    /// <summary>What lies at a path, links followed.</summary>
    internal static PathKind KindOf(string path)
    {
        var status = stackalloc byte[256];

        // Safe: the kernel writes no more than the structure, which is 256 bytes.
        if (StatusOf(CurrentDirectory, path, 0, StatusType, status) != 0)
            return PathKind.Missing;
        return (*(ushort*)(status + 28) & TypeMask) switch
        {
            0x8000 => PathKind.File,
            0x4000 => PathKind.Directory,
            0x1000 => PathKind.Pipe,
            0xC000 => PathKind.Socket,
            _ => PathKind.Device,
        };
    }

    // Integer and pointer arguments of a variadic call travel as those of any call.
    [LibraryImport("libc", EntryPoint = "fcntl")]
    private static partial int Control(int descriptor, int command);

    [LibraryImport("libc", EntryPoint = "open", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "ioctl")]
    private static partial int Window(int descriptor, nuint request, WindowSize* size);

    [LibraryImport("libc", EntryPoint = "statx")]
    private static partial int Status(int directory, byte* path, int flags, uint mask, byte* status);

    [LibraryImport("libc", EntryPoint = "statx", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int StatusOf(int directory, string path, int flags, uint mask, byte* status);

    /// <summary>struct winsize.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct WindowSize
    {
        public ushort Rows;
        public ushort Columns;
        public ushort Width;
        public ushort Height;
    }
}
