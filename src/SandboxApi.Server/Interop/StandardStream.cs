using System.Runtime.InteropServices;

namespace SandboxApi.Server.Interop;

/// <summary>Standard output or error as a bare descriptor: .NET's own streams pass over a reader that is gone, and so could not count what it missed.</summary>
internal sealed unsafe partial class StandardStream : IDisposable
{
    internal const int Output = 1;
    internal const int Error = 2;

    private const int DescriptorFlags = 1; // F_GETFD
    private const int IsClosedOnExec = 1; // FD_CLOEXEC
    private const int DuplicateClosedOnExec = 1030; // F_DUPFD_CLOEXEC
    private const int Interrupted = 4;
    private const int WouldBlock = 11;
    private const short Writable = 4;

    private readonly int _fd;

    private StandardStream(int fd) => _fd = fd;

    /// <summary>Standard output or error as we were started with it; a stream that was closed takes nothing.</summary>
    /// <remarks>What was inherited is not closed on exec, and what is opened since is: a closed stream's number belongs to a pipe of the .NET runtime's own, which must not be written to.</remarks>
    internal static StandardStream Open(int fd) => (Control(fd, DescriptorFlags, 0) & IsClosedOnExec) == 0 ? Of(fd) : new(-1);

    /// <summary>A descriptor of our own, so that no file that is opened later can take its number.</summary>
    internal static StandardStream Of(int fd) => new(Control(fd, DuplicateClosedOnExec, 3));

    /// <summary>Writes, for as long as the other side makes it wait.</summary>
    /// <returns>How much was written: less than all only when nothing more can be, as the disk is full or nobody reads.</returns>
    internal int Write(ReadOnlySpan<byte> bytes)
    {
        var written = 0;
        fixed (byte* start = bytes)
        {
            while (_fd >= 0 && written < bytes.Length)
            {
                var count = Write(_fd, start + written, (nuint)(bytes.Length - written));
                if (count >= 0)
                    written += (int)count;
                else if (Marshal.GetLastPInvokeError() == WouldBlock)
                    WaitUntilWritable();
                else if (Marshal.GetLastPInvokeError() != Interrupted)
                    break;
            }
        }

        return written;
    }

    public void Dispose()
    {
        if (_fd >= 0)
            _ = Close(_fd);
    }

    /// <summary>Whoever shares a terminal or a pipe may have set it not to block.</summary>
    private void WaitUntilWritable()
    {
        var poll = new PollRequest { Descriptor = _fd, Events = Writable };
        _ = Poll(&poll, 1, -1);
    }

    // Variadic, which on x64 differs only for floating-point arguments.
    [LibraryImport("libc", EntryPoint = "fcntl", SetLastError = true)]
    private static partial int Control(int fd, int command, int argument);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int Close(int fd);

    [LibraryImport("libc", EntryPoint = "write", SetLastError = true)]
    private static partial nint Write(int fd, byte* buffer, nuint count);

    [LibraryImport("libc", EntryPoint = "poll", SetLastError = true)]
    private static partial int Poll(PollRequest* requests, nuint count, int timeout);

    [StructLayout(LayoutKind.Sequential)]
    private struct PollRequest
    {
        internal int Descriptor;
        internal short Events;
        internal short Received;
    }
}
