using System.Buffers.Binary;

namespace SandboxApi.Runtime.Seccomp;

/// <summary>A program of classic BPF under construction: its jumps name places, which may come later.</summary>
internal sealed class FilterProgram
{
    private const ushort LoadWord = 0x20;
    private const ushort Return = 0x06;
    private const ushort GoTo = 0x05;

    private readonly List<(ushort Code, uint Value, Place? IfTrue, Place? IfFalse)> _instructions = [];

    /// <summary>The ends that were jumped to since <see cref="PlaceEnds"/>.</summary>
    private readonly Dictionary<uint, Place> _ends = [];

    /// <summary>What a jump compares, or tests.</summary>
    internal enum Test : ushort
    {
        Equal = 0x15,
        GreaterOrEqual = 0x35,
        AnyBit = 0x45,
    }

    internal void Load(uint offset) => _instructions.Add((LoadWord, offset, null, null));

    /// <summary>Jumps by what was loaded, 255 instructions at most; null goes on with the next instruction.</summary>
    internal void Jump(Test test, uint value, Place? ifTrue, Place? ifFalse = null) => _instructions.Add(((ushort)test, value, ifTrue, ifFalse));

    /// <summary>Goes on there, however far it is.</summary>
    internal void Go(Place place) => _instructions.Add((GoTo, 0, place, null));

    /// <summary>The next instruction lies at that place.</summary>
    internal void Mark(Place place) => place.Index = _instructions.Count;

    /// <summary>The place at which the program ends with an action: where <see cref="PlaceEnds"/> is called next.</summary>
    internal Place End(uint action)
    {
        if (!_ends.TryGetValue(action, out var place))
            _ends[action] = place = new Place();
        return place;
    }

    /// <summary>Lays down the ends that were asked for. A jump reaches 255 instructions, so each part of a long program has its own.</summary>
    internal void PlaceEnds()
    {
        foreach (var (action, place) in _ends)
        {
            Mark(place);
            _instructions.Add((Return, action, null, null));
        }

        _ends.Clear();
    }

    /// <summary>8 bytes for each instruction.</summary>
    /// <exception cref="OverflowException">A jump leads back, or further than the 255 instructions that one can.</exception>
    internal byte[] ToBytes()
    {
        PlaceEnds();
        var bytes = new byte[_instructions.Count * 8];
        for (var i = 0; i < _instructions.Count; i++)
        {
            var (code, value, ifTrue, ifFalse) = _instructions[i];
            var at = bytes.AsSpan(i * 8);
            BinaryPrimitives.WriteUInt16LittleEndian(at, code);
            if (code == GoTo)
            {
                value = checked((uint)Distance(i, ifTrue));
            }
            else
            {
                at[2] = checked((byte)Distance(i, ifTrue));
                at[3] = checked((byte)Distance(i, ifFalse));
            }

            BinaryPrimitives.WriteUInt32LittleEndian(at[4..], value);
        }

        return bytes;
    }

    private static int Distance(int from, Place? to) => to is null ? 0 : to.Index - from - 1;

    /// <summary>Somewhere in a program.</summary>
    internal sealed class Place
    {
        internal int Index { get; set; } = -1;

        internal bool IsMarked => Index >= 0;
    }
}
