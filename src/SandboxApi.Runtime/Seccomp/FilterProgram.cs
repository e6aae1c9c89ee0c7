using System.Buffers.Binary;

namespace SandboxApi.Runtime.Seccomp;

/// <summary>A program of classic BPF under construction: its jumps name places, which may come later.</summary>
internal sealed class FilterProgram
{
    private const ushort LoadWord = 0x20;
    private const ushort Return = 0x06;

    private readonly List<(ushort Code, uint Value, Place? IfTrue, Place? IfFalse)> _instructions = [];
    private readonly Dictionary<uint, Place> _returns = [];

    /// <summary>What a jump compares, or tests.</summary>
    internal enum Test : ushort
    {
        Equal = 0x15,
        GreaterOrEqual = 0x35,
        AnyBit = 0x45,
    }

    internal void Load(uint offset) => _instructions.Add((LoadWord, offset, null, null));

    /// <summary>Jumps by what was loaded; null goes on with the next instruction.</summary>
    internal void Jump(Test test, uint value, Place? ifTrue, Place? ifFalse = null) => _instructions.Add(((ushort)test, value, ifTrue, ifFalse));

    /// <summary>The next instruction lies at that place.</summary>
    internal void Mark(Place place) => place.Index = _instructions.Count;

    /// <summary>The place, behind all else, where the program ends with an action.</summary>
    internal Place End(uint action)
    {
        if (!_returns.TryGetValue(action, out var place))
            _returns[action] = place = new Place();
        return place;
    }

    /// <summary>8 bytes for each instruction.</summary>
    /// <exception cref="OverflowException">A jump leads back, or further than the 255 instructions that one can.</exception>
    internal byte[] ToBytes()
    {
        foreach (var (action, place) in _returns)
        {
            Mark(place);
            _instructions.Add((Return, action, null, null));
        }

        var bytes = new byte[_instructions.Count * 8];
        for (var i = 0; i < _instructions.Count; i++)
        {
            var (code, value, ifTrue, ifFalse) = _instructions[i];
            var at = bytes.AsSpan(i * 8);
            BinaryPrimitives.WriteUInt16LittleEndian(at, code);
            at[2] = Distance(i, ifTrue);
            at[3] = Distance(i, ifFalse);
            BinaryPrimitives.WriteUInt32LittleEndian(at[4..], value);
        }

        return bytes;
    }

    private static byte Distance(int from, Place? to) => to is null ? (byte)0 : checked((byte)(to.Index - from - 1));

    /// <summary>Somewhere in a program.</summary>
    internal sealed class Place
    {
        internal int Index { get; set; } = -1;
    }
}
