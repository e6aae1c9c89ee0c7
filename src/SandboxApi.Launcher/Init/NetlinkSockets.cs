using SandboxApi.Launcher.Interop;
using static SandboxApi.Launcher.Interop.Constants;

namespace SandboxApi.Launcher.Init;

/// <summary>Bounds how many netlink sockets a sandbox has open at one time: the answers that wait in one are memory of the kernel's that no limit counts.</summary>
/// <remarks>
/// Nobody tells when one is closed. So those that were permitted are counted, and only when they are too many it is looked how many there are: a program that opens and closes them, as each
/// <c>getaddrinfo</c> does, goes on for ever. Sockets are made only with a permit, so there are never more than were counted.
/// </remarks>
internal unsafe struct NetlinkSockets
{
    /// <summary>So many at one time: far more than any library uses.</summary>
    private const uint Most = 32;

    /// <summary>More than the file has on any kernel: a line for each kind of socket.</summary>
    private const int BufferBytes = 16384;

    /// <summary>No more than so many are open.</summary>
    private uint _atMost;

    /// <summary>Whether there may be one more; counts it then.</summary>
    internal bool Permit()
    {
        if (_atMost >= Most)
            _atMost = Count();
        if (_atMost >= Most)
            return false;
        _atMost++;
        return true;
    }

    /// <summary>How many of them the sandbox's network namespace has, bound or not, wherever their descriptors are; as many as there may be where that cannot be read.</summary>
    private static uint Count()
    {
        var file = Libc.openat(AtFdCwd, Libc.Text("/proc/self/net/protocols"u8), OCloExec, 0);
        if (file < 0)
            return Most;
        var buffer = stackalloc byte[BufferBytes];
        byte* at = buffer, end = buffer;
        for (nint count; end < buffer + BufferBytes && (count = Libc.read(file, end, (nuint)(buffer + BufferBytes - end))) > 0;)
            end += count;
        Libc.close(file);
        while (at < end && !IsNetlink(at, end))
            at = AfterLine(at, end);

        // The name, the size of one, and how many there are.
        at = AfterWord(AfterWord(at, end), end);
        if (at == end || !IsDigit(*at))
            return Most;
        var sockets = 0u;
        for (; at < end && IsDigit(*at) && sockets < Most; at++)
            sockets = (sockets * 10) + *at - '0';
        return sockets;
    }

    private static bool IsDigit(byte letter) => letter is >= (byte)'0' and <= (byte)'9';

    private static bool IsNetlink(byte* line, byte* end)
    {
        var name = Libc.Text("NETLINK "u8);
        for (var i = 0; name[i] != 0; i++)
        {
            if (line + i == end || line[i] != name[i])
                return false;
        }

        return true;
    }

    private static byte* AfterLine(byte* at, byte* end)
    {
        while (at < end && *at++ != '\n')
        {
        }

        return at;
    }

    /// <summary>Where the next word begins.</summary>
    private static byte* AfterWord(byte* at, byte* end)
    {
        while (at < end && *at != ' ')
            at++;
        while (at < end && *at == ' ')
            at++;
        return at;
    }
}
