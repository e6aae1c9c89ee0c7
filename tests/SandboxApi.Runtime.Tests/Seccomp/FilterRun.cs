using System.Buffers.Binary;
using SandboxApi.Runtime.Seccomp;

namespace SandboxApi.Runtime.Tests.Seccomp;

/// <summary>Runs filters as the kernel does: classic BPF, as far as filters of system calls use it (linux/seccomp.h, linux/filter.h).</summary>
internal static class FilterRun
{
    internal const uint Native = 0xC000003E;

    /// <summary>Of a zygote, and of a sandbox.</summary>
    private static readonly byte[][] s_programs = [SeccompFilter.Compile(), SeccompFilter.CompileLast()];

    /// <summary>The answer of both: the stricter one (seccomp(2)), which has the lower action.</summary>
    internal static uint Both(int number, ReadOnlySpan<ulong> arguments, uint architecture = Native)
    {
        var (first, last) = (One(s_programs[0], number, arguments, architecture), One(s_programs[1], number, arguments, architecture));
        return (first & 0xFFFF0000) < (last & 0xFFFF0000) ? first : last;
    }

    internal static uint One(byte[] program, int number, ReadOnlySpan<ulong> arguments, uint architecture = Native) => One(program, number, arguments, architecture, out _);

    /// <summary>The answer, and how many instructions it took.</summary>
    internal static uint One(byte[] program, int number, ReadOnlySpan<ulong> arguments, uint architecture, out int steps)
    {
        var data = new byte[64];
        BinaryPrimitives.WriteInt32LittleEndian(data, number);
        BinaryPrimitives.WriteUInt32LittleEndian(data.AsSpan(4), architecture);
        for (var index = 0; index < arguments.Length; index++)
            BinaryPrimitives.WriteUInt64LittleEndian(data.AsSpan(16 + (index * 8)), arguments[index]);
        var accumulator = 0u;
        steps = 0;
        for (var at = 0; ; at++)
        {
            steps++;
            var instruction = program.AsSpan(at * 8, 8);
            var value = BinaryPrimitives.ReadUInt32LittleEndian(instruction[4..]);
            switch (BinaryPrimitives.ReadUInt16LittleEndian(instruction))
            {
                case 0x20:
                    accumulator = BinaryPrimitives.ReadUInt32LittleEndian(data.AsSpan((int)value));
                    break;
                case 0x05:
                    at += (int)value;
                    break;
                case 0x15:
                    at += instruction[accumulator == value ? 2 : 3];
                    break;
                case 0x35:
                    at += instruction[accumulator >= value ? 2 : 3];
                    break;
                case 0x45:
                    at += instruction[(accumulator & value) != 0 ? 2 : 3];
                    break;
                case 0x06:
                    return value;
                default:
                    throw new InvalidOperationException($"instruction {at} is unknown");
            }
        }
    }
}
