using SandboxApi.Launcher.Interop;
using static SandboxApi.Launcher.Interop.Constants;

namespace SandboxApi.Launcher;

/// <summary>
/// Keeps out of the clones that become zygotes and inits what is the .NET runtime's: its heap, the tables of its collector, the stacks of its threads, the libraries that only it uses. None of it is used
/// there, and each mapping is copied when a sandbox is made and let go when it ends.
/// </summary>
/// <remarks>Kept are the program, libc, the data of both, the stack, and whatever holds what is asked for. That excludes the kernel's own pages (vdso) and the dynamic linker: all was bound when the program was started, and the clock is asked by a call.</remarks>
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
        var isChosen = Choose(mappings, count, configuration);
        Libc.Call(SysUnmap, (nint)text, MostBytes);
        if (!isChosen)
            return;
        for (var i = 0; i < count; i++)
        {
            if (!mappings[i].IsKept)
                Libc.Call(SysAdvise, (nint)mappings[i].Start, (nint)(mappings[i].End - mappings[i].Start), DontFork);
        }
    }

    /// <summary>False when something that must be there was not found: then nothing is left out.</summary>
    private static bool Choose(Mapping* mappings, int count, Configuration configuration)
    {
        var inProgram = (nuint)Libc.Text("text of the program"u8);
        var program = -1;
        for (var i = 0; i < count; i++)
            program = mappings[i].Holds(inProgram) ? i : program;
        if (program < 0)
            return false;

        var configured = (nuint)configuration.Message;
        var ofThread = (nuint)Libc.ErrnoPlace;
        var hasLibc = false;
        for (var i = 0; i < count; i++)
        {
            ref var mapping = ref mappings[i];
            hasLibc |= mapping.IsLibc;
            mapping.IsKept = mapping.IsLibc || mapping.IsSameFile(mappings[program]) || mapping.IsStack || mapping.Holds(configured) || mapping.Holds(ofThread)
                || (i > 0 && mapping.IsDataBehind(mappings[i - 1]));
        }

        return hasLibc;
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
            for (var spaces = 0; at < end && spaces < 3; at++)
                spaces += *at == (byte)' ' ? 1 : 0;
            mapping.Device = Hexadecimal(ref at) << 32;
            at++;
            mapping.Device |= Hexadecimal(ref at);
            at++;
            mapping.Inode = Decimal(ref at);
            for (; at < end && *at != (byte)'\n'; at++)
            {
                mapping.IsStack |= Begins(at, end, Libc.Text("[stack]"u8));
                mapping.IsLibc |= mapping.Inode != 0 && (Begins(at, end, Libc.Text("/libc.so"u8)) || Begins(at, end, Libc.Text("/libc-"u8)));
            }

            at++;
        }

        return count;
    }

    private static bool Begins(byte* at, byte* end, byte* text)
    {
        while (*text != 0 && at < end && *at == *text)
        {
            at++;
            text++;
        }

        return *text == 0;
    }

    private static nuint Decimal(ref byte* at)
    {
        nuint value = 0;
        for (; *at is >= (byte)'0' and <= (byte)'9'; at++)
            value = (value * 10) + (nuint)(*at - '0');
        return value;
    }

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
        internal bool IsStack;
        internal bool IsLibc;
        internal bool IsKept;

        /// <summary>Of the file that is mapped; 0 for memory of its own.</summary>
        internal nuint Inode;
        internal nuint Device;

        internal readonly bool Holds(nuint address) => address >= Start && address < End;

        internal readonly bool IsSameFile(in Mapping other) => Inode != 0 && Inode == other.Inode && Device == other.Device;

        /// <summary>Whether it is what a program or library has beyond its file: memory directly behind what is kept of that.</summary>
        internal readonly bool IsDataBehind(in Mapping previous) => IsAccessible && Inode == 0 && previous.Inode != 0 && previous.IsKept && previous.End == Start;
    }
}
