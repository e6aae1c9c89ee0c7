using System.Buffers;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using SandboxApi.Launcher;
using SandboxApi.Runtime.Interop;

namespace SandboxApi.Runtime.Engine;

/// <summary>Writes a command the way init reads it: header, argv and environment as strings closed by NUL.</summary>
internal static class StartRequest
{
    /// <summary>False when the sandbox is gone.</summary>
    internal static bool Send(int control, CommandRequest request, ReadOnlySpan<int> descriptors)
    {
        // "--" ends bash's options, so that a command may begin with "-".
        string[] arguments = ["bash", "-c", "--", request.Script];
        var size = Unsafe.SizeOf<StartMessage>();
        var most = size + arguments.Concat(request.Variables).Sum(s => Encoding.UTF8.GetMaxByteCount(s.Length) + 1);
        var buffer = ArrayPool<byte>.Shared.Rent(most);
        try
        {
            var end = size;
            foreach (var argument in arguments)
                end = Append(buffer, end, argument);
            foreach (var variable in request.Variables)
                end = Append(buffer, end, variable);
            if (end - size > Wire.MaxStartBytes || arguments.Length + request.Variables.Count > Wire.MaxStrings)
                throw SandboxException.Invalid("environ", "holds too many variables");
            var header = new StartMessage
            {
                Type = MessageType.Start,
                Length = (uint)(end - size),
                ArgumentCount = (uint)arguments.Length,
                VariableCount = (uint)request.Variables.Count,
                WallTime = Nanoseconds(request.WallTime),
                FileSize = request.FileSize is { } bytes ? (ulong)bytes : ulong.MaxValue,
                CpuSeconds = request.CpuSeconds is { } seconds ? (ulong)seconds : ulong.MaxValue,
            };
            MemoryMarshal.Write(buffer, header);
            return UnixSockets.Send(control, buffer.AsSpan(0, end), descriptors);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static int Append(byte[] buffer, int at, string text)
    {
        at += Encoding.UTF8.GetBytes(text, buffer.AsSpan(at));
        buffer[at] = 0;
        return at + 1;
    }

    private static long Nanoseconds(TimeSpan time) =>
        time.Ticks > long.MaxValue / TimeSpan.NanosecondsPerTick ? long.MaxValue : time.Ticks * TimeSpan.NanosecondsPerTick;
}
