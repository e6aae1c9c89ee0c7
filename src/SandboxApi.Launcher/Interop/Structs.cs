using System.Runtime.InteropServices;

namespace SandboxApi.Launcher.Interop;

[StructLayout(LayoutKind.Sequential)]
internal struct TimeSpec
{
    public long Seconds;
    public long Nanoseconds;
}

[StructLayout(LayoutKind.Sequential)]
internal struct RLimit
{
    public ulong Soft;
    public ulong Hard;
}

[StructLayout(LayoutKind.Sequential)]
internal struct PollDescriptor
{
    public int Fd;
    public short Events;
    public short Returned;
}

[StructLayout(LayoutKind.Sequential)]
internal unsafe struct IoVector
{
    public void* Base;
    public nuint Length;
}

[StructLayout(LayoutKind.Sequential)]
internal unsafe struct MessageHeader
{
    public void* Name;
    public uint NameLength;
    public IoVector* Vectors;
    public nuint VectorCount;
    public void* Control;
    public nuint ControlLength;
    public int Flags;
}

/// <summary>The head of an ancillary message; the descriptors follow.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct ControlHeader
{
    public nuint Length;
    public int Level;
    public int Type;
}

/// <summary>struct rusage: two times, the largest resident set in KiB, and what nobody here reads.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct ResourceUsage
{
    public long UserSeconds;
    public long UserMicroseconds;
    public long SystemSeconds;
    public long SystemMicroseconds;
    public long MaxResident;
    public fixed long Others[13];
}

/// <summary>The kernel's struct sigaction, not libc's.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct KernelSigAction
{
    public nuint Handler;
    public nuint Flags;
    public nuint Restorer;
    public ulong Mask;
}

[StructLayout(LayoutKind.Sequential)]
internal struct MountAttributes
{
    public ulong Set;
    public ulong Clear;
    public ulong Propagation;
    public ulong UserNamespace;
}

/// <summary>struct statx as far as the numbers of a device.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct ExtendedStatus
{
    public uint Mask;
    public uint BlockBytes;
    public ulong Attributes;
    public uint Links;
    public uint Uid;
    public uint Gid;
    public ushort Mode;
    public fixed byte Before[98];
    public uint Major;
    public uint Minor;
    public fixed byte Rest[120];
}

/// <summary>struct sched_attr, as of Linux 5.3.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct SchedulingAttributes
{
    public uint Size;
    public uint Policy;
    public ulong Flags;
    public int Nice;
    public uint Priority;
    public ulong Runtime;
    public ulong Deadline;
    public ulong Period;
    public uint MinimumLoad;
    public uint MaximumLoad;
}

[StructLayout(LayoutKind.Sequential)]
internal struct CapabilityHeader
{
    public uint Version;
    public int Pid;
}

/// <summary>Two words of each set, as version 3 has them.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct CapabilityData
{
    public uint Effective0;
    public uint Permitted0;
    public uint Inheritable0;
    public uint Effective1;
    public uint Permitted1;
    public uint Inheritable1;
}

[StructLayout(LayoutKind.Sequential)]
internal unsafe struct FilterProgram
{
    internal const int InstructionBytes = 8;

    public ushort Length;
    public void* Instructions;

    internal static FilterProgram Of(byte* instructions, uint bytes) => new() { Length = (ushort)(bytes / InstructionBytes), Instructions = instructions };

    /// <summary>Has the kernel run it before every call of this process, and of all it clones.</summary>
    internal static bool Load(byte* instructions, uint bytes)
    {
        var program = Of(instructions, bytes);
        return Libc.Call(Constants.SysSeccomp, Constants.SeccompSetModeFilter, 0, (nint)(&program)) == 0;
    }
}

/// <summary>struct seccomp_notif: a system call that waits for an answer.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct SeccompReport
{
    public ulong Id;
    public uint Pid;
    public uint Flags;
    public int Number;
    public uint Architecture;
    public ulong InstructionPointer;
    public fixed ulong Arguments[6];
}

/// <summary>struct seccomp_notif_resp.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct SeccompAnswer
{
    public ulong Id;
    public long Value;
    public int Error;
    public uint Flags;
}

/// <summary>struct seccomp_notif_sizes.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct SeccompSizes
{
    public ushort Report;
    public ushort Answer;
    public ushort Data;
}

/// <summary>struct ifreq as far as the flags go.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct InterfaceRequest
{
    public fixed byte Name[16];
    public short Flags;
    public fixed byte Rest[22];
}
