using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace SandboxApi.Server.Connections;

/// <summary>What the kernel knows of a connection: <c>TCP_INFO</c> (tcp(7), <c>linux/tcp.h</c>).</summary>
/// <param name="State">Its state.</param>
/// <param name="Taken">Bytes that the other side's kernel has acknowledged.</param>
/// <param name="Received">Bytes that have come, read by us or not.</param>
/// <param name="Written">Bytes that the kernel has to send or has sent: what is closed now loses none of them.</param>
internal readonly record struct TcpInfo(byte State, long Taken, long Received, long Written)
{
    /// <summary>The state when the other side has finished sending, and this one has not (<c>netinet/tcp.h</c>).</summary>
    internal const byte CloseWait = 8;

    private const int Level = 6;
    private const int Option = 11;
    private const int TakenAt = 120;
    private const int ReceivedAt = 128;
    private const int NotSentAt = 144;
    private const int SentAt = 200;
    private const int SentAgainAt = 208;
    private const int Size = 216;

    /// <summary>Null when the connection is gone, or the system tells nothing.</summary>
    internal static TcpInfo? Of(Socket? socket)
    {
        if (socket is null || !OperatingSystem.IsLinux())
            return null;
        try
        {
            Span<byte> info = stackalloc byte[Size];
            if (socket.GetRawSocketOption(Level, Option, info) != Size)
                return null;
            var written = Long(info, SentAt) - Long(info, SentAgainAt) + MemoryMarshal.Read<uint>(info[NotSentAt..]);
            return new TcpInfo(info[0], Long(info, TakenAt), Long(info, ReceivedAt), written);
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            return null;
        }
    }

    private static long Long(ReadOnlySpan<byte> info, int at) => MemoryMarshal.Read<long>(info[at..]);
}
