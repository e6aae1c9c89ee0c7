using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using SandboxApi.Launcher;

namespace SandboxApi.FuzzTests.Seeds;

/// <summary>Messages between runtime, launcher and init. The first byte says how many descriptors come along.</summary>
internal static class MessageSeeds
{
    public static IReadOnlyDictionary<string, byte[]> ToInit { get; } = new Dictionary<string, byte[]>
    {
        ["start"] = With(2, Start("exit 3", ["A=1"])),
        ["start-stdin"] = With(3, Start("cat", [])),
        ["start-many-descriptors"] = With(12, Start("true", [])),
        ["start-no-descriptors"] = With(0, Start("true", [])),
        ["start-one-descriptor"] = With(1, Start("true", [])),
        ["start-twice"] = With(2, [.. Start("true", []), .. Start("true", [])]),
        ["start-kill"] = With(2, [.. Start("sleep 100", []), .. Bytes(MessageType.Kill)]),
        ["start-cut"] = With(2, Start("true", [])[..^2]),
        ["start-more-strings-than-sent"] = With(2, Start("true", [], variableCount: 5)),
        ["start-strings-without-end"] = With(2, Start("true", [], variableCount: uint.MaxValue)),
        ["start-huge"] = With(2, Start("true", [], length: uint.MaxValue)),
        ["start-time-negative"] = With(2, Start("sleep 100", [], wallTime: -5)),
        ["quiesce"] = With(0, Bytes(MessageType.Quiesce)),
        ["quiesce-with-descriptors"] = With(4, Bytes(MessageType.Quiesce)),
        ["kill"] = With(0, Bytes(MessageType.Kill)),
        ["unknown"] = With(0, Bytes((MessageType)99)),
        ["short"] = With(0, [7, 0]),
    };

    public static IReadOnlyDictionary<string, byte[]> Replies { get; } = new Dictionary<string, byte[]>
    {
        ["configured"] = With(0, Bytes(new ReplyMessage { Type = MessageType.Configured })),
        ["created"] = With(3, Bytes(new ReplyMessage { Type = MessageType.Created, Slot = 1, Pid = 4_000_000 })),
        ["created-pid-0"] = With(3, Bytes(new ReplyMessage { Type = MessageType.Created, Slot = 1 })),
        ["created-without-descriptors"] = With(0, Bytes(new ReplyMessage { Type = MessageType.Created, Slot = 1, Pid = 4_000_000 })),
        ["created-many-descriptors"] = With(12, Bytes(new ReplyMessage { Type = MessageType.Created, Slot = 1, Pid = 4_000_000 })),
        ["created-unasked"] = With(3, Bytes(new ReplyMessage { Type = MessageType.Created, Slot = 7, Pid = 4_000_000 })),
        ["failed"] = With(0, Bytes(new ReplyMessage { Type = MessageType.Failed, Slot = 1, Step = Step.Clone, Errno = 28 })),
        ["failed-unknown-step"] = With(2, Bytes(new ReplyMessage { Type = MessageType.Failed, Slot = 1, Step = (Step)9999, Errno = -1, Index = uint.MaxValue })),
        ["ready"] = With(0, Bytes(new ReplyMessage { Type = MessageType.Ready })),
        ["quiet"] = With(0, Bytes(new ReplyMessage { Type = MessageType.Quiet })),
        ["exited"] = With(0, Bytes(new ExitedMessage { Type = MessageType.Exited, WaitStatus = 0x300, Elapsed = 1_000_000 })),
        ["exited-strange"] = With(5, Bytes(new ExitedMessage { Type = MessageType.Exited, WaitStatus = -1, Elapsed = long.MinValue, CpuTime = long.MaxValue, MaxResident = -1, TimedOut = 7, StartErrno = -9 })),
        ["short"] = With(1, [6, 0, 0]),
        ["unknown"] = With(0, Bytes(new ReplyMessage { Type = (MessageType)77 })),
    };

    public static byte[] Start(string script, string[] variables, uint? variableCount = null, uint? length = null, long wallTime = 5_000_000_000)
    {
        var strings = Encoding.UTF8.GetBytes(string.Concat(((string[])["bash", "-c", "--", script, .. variables]).Select(text => text + "\0")));
        var header = new StartMessage
        {
            Type = MessageType.Start,
            Length = length ?? (uint)strings.Length,
            ArgumentCount = 4,
            VariableCount = variableCount ?? (uint)variables.Length,
            WallTime = wallTime,
            FileSize = ulong.MaxValue,
            CpuSeconds = ulong.MaxValue,
        };
        return [.. Bytes(header), .. strings];
    }

    public static byte[] Bytes<T>(T message)
        where T : unmanaged
    {
        var bytes = new byte[Unsafe.SizeOf<T>()];
        MemoryMarshal.Write(bytes, message);
        return bytes;
    }

    private static byte[] With(byte descriptors, byte[] message) => [descriptors, .. message];
}
