using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using SandboxApi.Launcher;
using SandboxApi.Runtime.Interop;

namespace SandboxApi.FuzzTests.Launching;

/// <summary>The init of a sandbox, its control socket in the hands of a test; and what a good one does with given bytes.</summary>
internal sealed class RealInit(int[] made) : IDisposable
{
    public const string Waits = "waits";
    public const string Ends = "ends";

    private int _control = made[0];

    /// <summary>What init must do first: answer with a message of that type, end, or wait for more.</summary>
    public static string Expected(ReadOnlySpan<byte> bytes, int descriptors)
    {
        if (bytes.Length < sizeof(MessageType))
            return Waits;
        var type = MemoryMarshal.Read<MessageType>(bytes);
        if (type != MessageType.Start)
            return descriptors > 0 ? Ends : type == MessageType.Quiesce ? nameof(MessageType.Quiet) : type != MessageType.Kill ? Ends : Expected(bytes[sizeof(MessageType)..], 0);
        var size = Unsafe.SizeOf<StartMessage>();
        if (bytes.Length < size)
            return Waits;
        var message = MemoryMarshal.Read<StartMessage>(bytes);
        if (message.Length > Wire.MaxStartBytes || (ulong)message.ArgumentCount + message.VariableCount > Wire.MaxStrings)
            return Ends;
        if (bytes.Length - size < message.Length)
            return Waits;
        var strings = bytes.Slice(size, (int)message.Length);
        return (strings.IsEmpty || strings[^1] == 0) && strings.Count((byte)0) == message.ArgumentCount + message.VariableCount && descriptors >= 2 ? nameof(MessageType.Exited) : Ends;
    }

    public void Send(byte[] bytes, params ReadOnlySpan<int> descriptors) => UnixSockets.Send(_control, bytes, descriptors);

    public async Task<MessageType?> AskAsync(byte[] bytes)
    {
        Send(bytes);
        return await ReceiveAsync();
    }

    /// <summary>The type of the next answer; null when init has ended.</summary>
    public async Task<MessageType?> ReceiveAsync()
    {
        var bytes = new byte[256];
        var received = -1;
        await RealLauncher.UntilAsync(() => (received = UnixSockets.Receive(_control, bytes, default, out _)) >= 0, "init answers or ends");
        return received < sizeof(MessageType) ? null : MemoryMarshal.Read<MessageType>(bytes);
    }

    /// <summary>Lets go of init; it and all in its sandbox must end.</summary>
    public async Task EndAsync()
    {
        _ = Descriptors.Close(_control);
        _control = -1;
        await RealLauncher.UntilAsync(() => File.ReadLines($"/proc/self/fdinfo/{made[2]}").Contains("Pid:\t-1"), "init ends when the runtime is gone");
    }

    public void Dispose()
    {
        Processes.KillByPidFd(made[2]);
        foreach (var descriptor in made[1..])
            _ = Descriptors.Close(descriptor);
        if (_control >= 0)
            _ = Descriptors.Close(_control);
    }
}
