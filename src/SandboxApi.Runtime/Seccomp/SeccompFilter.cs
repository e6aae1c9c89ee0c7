using System.Buffers.Binary;

namespace SandboxApi.Runtime.Seccomp;

/// <summary>Compiles the deny-list into the classic BPF program that the kernel runs before every system call (seccomp(2)).</summary>
/// <remarks>
/// What is not denied is allowed: lists of what is allowed break honest programs. What is denied answers an error rather than killing,
/// so that programs fall back. The kernel works out beforehand which calls are allowed whatever their arguments, so those cost nothing.
/// </remarks>
internal sealed class SeccompFilter
{
    private const ushort LoadWord = 0x20;
    private const ushort JumpEqual = 0x15;
    private const ushort JumpGreaterOrEqual = 0x35;
    private const ushort JumpAnyBit = 0x45;
    private const ushort Return = 0x06;

    private const uint OffsetNumber = 0;
    private const uint OffsetArchitecture = 4;
    private const uint ActionAllow = 0x7FFF0000;
    private const uint ActionNotify = 0x7FC00000;
    private const uint ActionErrno = 0x00050000;

    private readonly List<(ushort Code, byte True, byte False, uint Value)> _program = [];

    private SeccompFilter()
    {
    }

    /// <summary>The program, 8 bytes for each instruction.</summary>
    internal static byte[] Compile()
    {
        var filter = new SeccompFilter();
        filter.Load(OffsetArchitecture);
        filter.DenyUnlessEqual(SystemCalls.Architecture, SystemCalls.NotImplemented);
        filter.Load(OffsetNumber);
        filter.DenyFrom(SystemCalls.FirstUnknown, SystemCalls.NotImplemented);
        filter.DenyBetween(SystemCalls.FirstUnused, SystemCalls.FirstShared, SystemCalls.NotImplemented);
        foreach (var number in SystemCalls.NotPermittedCalls)
            filter.DenyEqual(number, SystemCalls.NotPermitted);
        foreach (var number in SystemCalls.NotImplementedCalls)
            filter.DenyEqual(number, SystemCalls.NotImplemented);
        filter.DenyBits(SystemCalls.Clone, 0, SystemCalls.CloneNamespaces, SystemCalls.NotPermitted);
        filter.DenyBits(SystemCalls.Unshare, 0, SystemCalls.CloneNamespaces | SystemCalls.CloneNewTime, SystemCalls.NotPermitted);
        foreach (var (number, argument) in SystemCalls.CallsOnOthers)
            filter.DenyValues(number, argument, [SystemCalls.Init], SystemCalls.NotPermitted);
        filter.DenyValues(SystemCalls.InputOutputControl, 1, SystemCalls.DeniedRequests, SystemCalls.NotPermitted);
        filter.KeepCoreLimit();
        filter.NotifyFamilies();
        filter.Emit(Return, ActionAllow);
        return filter.ToBytes();
    }

    /// <summary>Arguments are 64 bits wide; all that are looked at here the kernel itself takes as 32.</summary>
    private static uint OffsetArgument(int index) => 16 + ((uint)index * 8);

    private void Emit(ushort code, uint value, byte ifTrue = 0, byte ifFalse = 0) => _program.Add((code, ifTrue, ifFalse, value));

    private void Load(uint offset) => Emit(LoadWord, offset);

    private void Deny(uint errno) => Emit(Return, ActionErrno | errno);

    private void DenyEqual(uint value, uint errno)
    {
        Emit(JumpEqual, value, 0, 1);
        Deny(errno);
    }

    private void NotifyEqual(uint value)
    {
        Emit(JumpEqual, value, 0, 1);
        Emit(Return, ActionNotify);
    }

    private void DenyUnlessEqual(uint value, uint errno)
    {
        Emit(JumpEqual, value, 1, 0);
        Deny(errno);
    }

    private void DenyFrom(uint value, uint errno)
    {
        Emit(JumpGreaterOrEqual, value, 0, 1);
        Deny(errno);
    }

    private void DenyBetween(uint first, uint end, uint errno)
    {
        Emit(JumpGreaterOrEqual, first, 0, 2);
        Emit(JumpGreaterOrEqual, end, 1, 0);
        Deny(errno);
    }

    /// <summary>As <see cref="DenyValues"/>, it goes on to the rules below, of which one may be about the same call.</summary>
    private void DenyBits(uint number, int argument, uint bits, uint errno)
    {
        Emit(JumpEqual, number, 0, 4);
        Load(OffsetArgument(argument));
        Emit(JumpAnyBit, bits, 0, 1);
        Deny(errno);
        Load(OffsetNumber);
    }

    private void DenyValues(uint number, int argument, ReadOnlySpan<uint> values, uint errno)
    {
        Emit(JumpEqual, number, 0, (byte)(2 + (values.Length * 2)));
        Load(OffsetArgument(argument));
        foreach (var value in values)
            DenyEqual(value, errno);
        Load(OffsetNumber);
    }

    /// <summary>setrlimit and prlimit64: whoever sets the limit of core dumps is told that it was set, and it stays; programs that want none may depend on it.</summary>
    private void KeepCoreLimit()
    {
        Emit(JumpEqual, SystemCalls.SetLimit, 0, 4);
        Load(OffsetArgument(0));
        Emit(JumpEqual, SystemCalls.CoreLimit, 0, 1);
        Deny(0);
        Emit(Return, ActionAllow);

        // With a new limit only: a pointer, of which either half may be zero.
        Emit(JumpEqual, SystemCalls.GetAndSetLimit, 0, 8);
        Load(OffsetArgument(1));
        Emit(JumpEqual, SystemCalls.CoreLimit, 0, 5);
        Load(OffsetArgument(2));
        Emit(JumpEqual, 0, 0, 2);
        Load(OffsetArgument(2) + 4);
        Emit(JumpEqual, 0, 1, 0);
        Deny(0);
        Emit(Return, ActionAllow);
    }

    /// <summary>socket and socketpair: Unix, of netlink the part that lists one's own interfaces, and of IPv4 and IPv6 what needs no module.</summary>
    /// <remarks>What is allowed is reported to init first, which notes that the sandbox's network namespace is no longer untouched; no other call makes a socket without one.</remarks>
    private void NotifyFamilies()
    {
        var protocols = SystemCalls.InternetProtocols;
        var internet = (byte)(5 + (protocols.Length * 2));

        // Either call goes on below; all others jump over the part.
        Emit(JumpEqual, SystemCalls.Socket, 1, 0);
        Emit(JumpEqual, SystemCalls.SocketPair, 0, (byte)(9 + internet));
        Load(OffsetArgument(0));
        Emit(JumpEqual, SystemCalls.FamilyUnix, (byte)(6 + internet), 0);
        Emit(JumpEqual, SystemCalls.FamilyInternet, 5, 0);
        Emit(JumpEqual, SystemCalls.FamilyInternet6, 4, 0);
        Emit(JumpEqual, SystemCalls.FamilyNetlink, 0, 2);
        Load(OffsetArgument(2));
        Emit(JumpEqual, SystemCalls.NetlinkRoute, (byte)(1 + internet), 0);
        Deny(SystemCalls.FamilyNotSupported);

        // IPv4 and IPv6.
        Load(OffsetArgument(1));
        Emit(JumpAnyBit, SystemCalls.UnusualTypes, 0, 1);
        Deny(SystemCalls.TypeNotSupported);
        Load(OffsetArgument(2));
        foreach (var protocol in protocols)
            NotifyEqual(protocol);
        Deny(SystemCalls.ProtocolNotSupported);
        Emit(Return, ActionNotify);
    }

    private byte[] ToBytes()
    {
        var bytes = new byte[_program.Count * 8];
        for (var i = 0; i < _program.Count; i++)
        {
            var (code, ifTrue, ifFalse, value) = _program[i];
            var at = bytes.AsSpan(i * 8);
            BinaryPrimitives.WriteUInt16LittleEndian(at, code);
            at[2] = ifTrue;
            at[3] = ifFalse;
            BinaryPrimitives.WriteUInt32LittleEndian(at[4..], value);
        }

        return bytes;
    }
}
