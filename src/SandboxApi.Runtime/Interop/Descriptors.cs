using System.Runtime.InteropServices;

namespace SandboxApi.Runtime.Interop;

/// <summary>What is done with any file descriptor.</summary>
internal static unsafe partial class Descriptors
{
    [LibraryImport("libc", EntryPoint = "close")]
    internal static partial int Close(int fd);

    [LibraryImport("libc", EntryPoint = "read", SetLastError = true)]
    private static partial nint Read(int fd, byte* buffer, nuint count);

    [LibraryImport("libc", EntryPoint = "write", SetLastError = true)]
    private static partial nint Write(int fd, byte* buffer, nuint count);

    /// <summary>Reads what is there without waiting, on a descriptor that does not block.</summary>
    /// <returns>Bytes read; 0 at the end; -1 when there is nothing now.</returns>
    internal static int Read(int fd, Span<byte> buffer)
    {
        fixed (byte* start = buffer)
        {
            while (true)
            {
                var count = Read(fd, start, (nuint)buffer.Length);
                if (count >= 0)
                    return (int)count;
                switch (Marshal.GetLastPInvokeError())
                {
                    case Errno.Interrupted:
                        continue;
                    case Errno.Again:
                        return -1;
                    default:
                        return 0;
                }
            }
        }
    }

    internal static void WriteAll(int fd, ReadOnlySpan<byte> bytes)
    {
        fixed (byte* start = bytes)
        {
            var written = 0;
            while (written < bytes.Length)
            {
                var count = Write(fd, start + written, (nuint)(bytes.Length - written));
                if (count < 0 && Marshal.GetLastPInvokeError() != Errno.Interrupted)
                    throw SystemCallException.Last("write");
                written += Math.Max(0, (int)count);
            }
        }
    }
}
