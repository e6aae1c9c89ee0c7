using System.Runtime.InteropServices;

namespace SandboxApi.Runtime.Interop;

/// <summary>Pairs of Unix sockets that carry bytes and descriptors (unix(7)).</summary>
internal static unsafe partial class UnixSockets
{
    internal const int Stream = 1;
    internal const int SequentialPackets = 5;

    private const int Unix = 1;
    private const int CloseOnExec = 0x80000;
    private const int SolSocket = 1;
    private const int Rights = 1;
    private const int SendTimeout = 21;
    private const int DontWait = 0x40;
    private const int NoSignal = 0x4000;
    private const int CmsgCloseOnExec = 0x40000000;

    /// <summary>What 64 bytes of control data hold beside their header.</summary>
    private const int MaxDescriptors = 12;

    internal static (int Ours, int Theirs) Pair(int type)
    {
        var pair = stackalloc int[2];
        SystemCallException.Check(SocketPair(Unix, type | CloseOnExec, 0, pair), "socketpair");
        return (pair[0], pair[1]);
    }

    /// <summary>Sends all bytes, the descriptors with the first of them; waits while the other end is slow to read.</summary>
    /// <returns>False when the other end is gone.</returns>
    internal static bool Send(int socket, ReadOnlySpan<byte> bytes, ReadOnlySpan<int> descriptors = default)
    {
        var control = stackalloc byte[64];
        fixed (byte* start = bytes)
        {
            var sent = 0;
            while (sent < bytes.Length)
            {
                var vector = new IoVector { Base = start + sent, Length = (nuint)(bytes.Length - sent) };
                var message = new MessageHeader { Vectors = &vector, VectorCount = 1 };
                if (sent == 0 && descriptors.Length > 0)
                {
                    message.Control = control;
                    message.ControlLength = Pack(control, descriptors);
                }

                var count = SendMessage(socket, &message, NoSignal);
                if (count < 0 && Marshal.GetLastPInvokeError() != Errno.Interrupted)
                    return false;
                sent += Math.Max(0, (int)count);
            }
        }

        return true;
    }

    /// <summary>How long <see cref="Send"/> waits for an end that does not read, before it counts as gone.</summary>
    internal static void LimitSending(int socket, TimeSpan time)
    {
        var limit = stackalloc long[] { time.Ticks / TimeSpan.TicksPerSecond, time.Ticks % TimeSpan.TicksPerSecond / TimeSpan.TicksPerMicrosecond };
        SystemCallException.Check(SetOption(socket, SolSocket, SendTimeout, limit, 2 * sizeof(long)), "setsockopt(SO_SNDTIMEO)");
    }

    /// <summary>Receives what is there without waiting. Descriptors for which there is no room are closed.</summary>
    /// <returns>Bytes received; 0 when the other end is gone; -1 when there is nothing now.</returns>
    internal static int Receive(int socket, Span<byte> buffer, Span<int> descriptors, out int descriptorCount)
    {
        var control = stackalloc byte[64];
        descriptorCount = 0;
        fixed (byte* start = buffer)
        {
            var vector = new IoVector { Base = start, Length = (nuint)buffer.Length };
            while (true)
            {
                var message = new MessageHeader { Vectors = &vector, VectorCount = 1, Control = control, ControlLength = 64 };
                var count = ReceiveMessage(socket, &message, DontWait | CmsgCloseOnExec);
                if (count >= 0)
                {
                    descriptorCount = count > 0 ? Unpack(control, message.ControlLength, descriptors) : 0;
                    return (int)count;
                }

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

    /// <summary>Ends the connection in both directions: whoever waits at either end goes on, whatever state the other is in.</summary>
    internal static void Shutdown(int socket) => _ = ShutdownSocket(socket, 2);

    private static nuint Pack(byte* control, ReadOnlySpan<int> descriptors)
    {
        var header = (ControlHeader*)control;
        header->Length = (nuint)(sizeof(ControlHeader) + (descriptors.Length * sizeof(int)));
        header->Level = SolSocket;
        header->Type = Rights;
        descriptors.CopyTo(new Span<int>(header + 1, MaxDescriptors));
        return (nuint)(sizeof(ControlHeader) + ((descriptors.Length + 1) / 2 * 8));
    }

    private static int Unpack(byte* control, nuint length, Span<int> descriptors)
    {
        var header = (ControlHeader*)control;
        if (length < (nuint)sizeof(ControlHeader) || header->Level != SolSocket || header->Type != Rights)
            return 0;
        // More may come than was asked for, and what came is ours: nobody else would close it.
        var came = new ReadOnlySpan<int>(header + 1, (int)((header->Length - (nuint)sizeof(ControlHeader)) / sizeof(int)));
        var taken = Math.Min(came.Length, descriptors.Length);
        came[..taken].CopyTo(descriptors);
        foreach (var descriptor in came[taken..])
            _ = Descriptors.Close(descriptor);
        return taken;
    }

    [LibraryImport("libc", EntryPoint = "socketpair", SetLastError = true)]
    private static partial int SocketPair(int domain, int type, int protocol, int* pair);

    [LibraryImport("libc", EntryPoint = "setsockopt", SetLastError = true)]
    private static partial int SetOption(int socket, int level, int option, void* value, uint length);

    [LibraryImport("libc", EntryPoint = "shutdown", SetLastError = true)]
    private static partial int ShutdownSocket(int socket, int how);

    [LibraryImport("libc", EntryPoint = "sendmsg", SetLastError = true)]
    private static partial nint SendMessage(int socket, MessageHeader* message, int flags);

    [LibraryImport("libc", EntryPoint = "recvmsg", SetLastError = true)]
    private static partial nint ReceiveMessage(int socket, MessageHeader* message, int flags);

    [StructLayout(LayoutKind.Sequential)]
    private struct IoVector
    {
        public void* Base;
        public nuint Length;
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct MessageHeader
    {
        public void* Name;
        public uint NameLength;
        public IoVector* Vectors;
        public nuint VectorCount;
        public void* Control;
        public nuint ControlLength;
        public int Flags;
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct ControlHeader
    {
        public nuint Length;
        public int Level;
        public int Type;
    }
}
