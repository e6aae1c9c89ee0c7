using SandboxApi.Launcher.Interop;
using static SandboxApi.Launcher.Interop.Constants;

namespace SandboxApi.Launcher;

/// <summary>
/// Keeps the memory of the .NET runtime out of the clones that become inits: its heap, the tables of its collector, the stacks of its threads. An init uses none of
/// it, and each mapping is copied when a sandbox is made and let go when it ends.
/// </summary>
/// <remarks>What an init uses is kept: whatever has a name, lies directly beside what has one (data of the program and its libraries), or holds what is asked for.</remarks>
internal static unsafe class Belongings
{
    private const int MostMappings = 512;
    private const int MostBytes = 64 << 10;

    /// <summary>To be called where /proc is there; where it cannot be read all is copied, which costs time alone.</summary>
    internal static void LeaveBehind(Configuration configuration)
    {
        var text = (byte*)Libc.mmap(null, MostBytes, 3 /* read, write */, 0x22 /* private, anonymous */, -1, 0);
        if ((nint)text == -1)
            return;
        var mappings = stackalloc Mapping[MostMappings];
        var count = Parse(text, Read(text), mappings);
        Libc.Call(SysUnmap, (nint)text, MostBytes);

        var configured = (nuint)configuration.Message;
        var ofThread = (nuint)Libc.ErrnoPlace;
        for (var i = 0; i < count; i++)
            mappings[i].IsKept |= mappings[i].Holds(configured) || mappings[i].Holds(ofThread) || mappings[i].Holds((nuint)mappings) || (i > 0 && mappings[i].Follows(mappings[i - 1]));
        for (var i = count - 2; i >= 0; i--)
            mappings[i].IsKept |= mappings[i + 1].Follows(mappings[i]) && mappings[i + 1].IsKept && mappings[i].IsAccessible;
        for (var i = 0; i < count; i++)
        {
            if (!mappings[i].IsKept || mappings[i].IsOthers)
                Libc.Call(SysAdvise, (nint)mappings[i].Start, (nint)(mappings[i].End - mappings[i].Start), DontFork);
        }
    }

    /// <summary>The bytes read; 0 when there are more than fit, or none.</summary>
    private static int Read(byte* text)
    {
        var file = Libc.openat(AtFdCwd, Libc.Text("/proc/self/maps"u8), OCloExec, 0);
        if (file < 0)
            return 0;
        nint length = 0, read;
        while ((read = Libc.read(file, text + length, (nuint)(MostBytes - length))) > 0)
            length += read;
        Libc.close(file);
        return read == 0 && length < MostBytes ? (int)length : 0;
    }

    /// <summary>Reads lines of "start-end perms offset device inode name" (proc_pid_maps(5)); how many there are, 0 when there are too many.</summary>
    private static int Parse(byte* text, int length, Mapping* mappings)
    {
        var count = 0;
        var at = text;
        for (var end = text + length; at < end; count++)
        {
            if (count == MostMappings)
                return 0;
            ref var mapping = ref mappings[count];
            mapping.Start = Hexadecimal(ref at);
            at++;
            mapping.End = Hexadecimal(ref at);
            mapping.IsAccessible = at[1] == (byte)'r';
            for (var spaces = 0; at < end && spaces < 4; at++)
                spaces += *at == (byte)' ' ? 1 : 0;

            // A file has an inode; the stack and the kernel's own pages have a name in brackets, which other memory may have as well ([anon:...]), and the heap, of which no init has anything.
            mapping.IsKept = at < end && *at != (byte)'0';
            for (; at < end && *at != (byte)'\n'; at++)
            {
                mapping.IsKept |= *at == (byte)'[' && at[1] is not ((byte)'a' or (byte)'h');
                mapping.IsOthers |= IsMathematics(at, end);
            }

            at++;
        }

        return count;
    }

    /// <summary>libm.so.6: floating point is the runtime's alone.</summary>
    private static bool IsMathematics(byte* at, byte* end) => end - at > 6 && at[0] == (byte)'/' && at[1] == (byte)'l' && at[2] == (byte)'i' && at[3] == (byte)'b' && at[4] == (byte)'m' && at[5] == (byte)'.';

    private static nuint Hexadecimal(ref byte* at)
    {
        nuint value = 0;
        for (; *at is >= (byte)'0' and <= (byte)'9' or >= (byte)'a' and <= (byte)'f'; at++)
            value = (value << 4) | (nuint)(*at <= (byte)'9' ? *at - '0' : *at - 'a' + 10);
        return value;
    }

    private struct Mapping
    {
        internal nuint Start;
        internal nuint End;
        internal bool IsAccessible;
        internal bool IsKept;

        /// <summary>Never kept, whatever lies beside it.</summary>
        internal bool IsOthers;

        internal readonly bool Holds(nuint address) => address >= Start && address < End;

        /// <summary>Whether it is data that lies directly behind what is kept.</summary>
        internal readonly bool Follows(in Mapping previous) => IsAccessible && previous.IsKept && previous.End == Start;
    }
}
