using static SandboxApi.Runtime.Seccomp.FilterProgram;

namespace SandboxApi.Runtime.Seccomp;

/// <summary>Compiles the lists of system calls into the classic BPF programs that the kernel runs before every system call (seccomp(2)).</summary>
/// <remarks>
/// There are two, as to load one takes the kernel time by its length: nearly all of the list is in one that a slot's zygote loads once, and all that it clones has; the last few calls are
/// denied by a small one for each sandbox, when it is set up. Where both have an answer the kernel takes the stricter: an error before a report, and that before a leave.
/// What is not denied is allowed: lists of what is allowed break honest programs. What is denied answers an error rather than killing,
/// so that programs fall back. The kernel works out beforehand which calls are allowed whatever their arguments, so those cost nothing; it does so by running
/// the program for every call there is, each time it is loaded, and so the program finds a call's number by halving.
/// </remarks>
internal sealed class SeccompFilter
{
    private const uint OffsetNumber = 0;
    private const uint OffsetArchitecture = 4;

    /// <summary>So many values are compared one after another; more are found by halving.</summary>
    private const int FewValues = 3;

    private static readonly Decision s_notPermitted = Decision.Refuse(SystemCalls.NotPermitted);
    private static readonly Decision s_notImplemented = Decision.Refuse(SystemCalls.NotImplemented);

    private readonly FilterProgram _program = new();
    private readonly Dictionary<uint, Decision> _decisions = [];

    /// <summary>What was decided on but does not lie anywhere yet: the parts of one call.</summary>
    private readonly Queue<(Place Place, Decision Decision)> _pending = [];

    /// <summary>Where the parts of one call lie, or are going to: several commands may lead to the same.</summary>
    private readonly Dictionary<Decision, Place> _parts = new(ReferenceEqualityComparer.Instance);

    private SeccompFilter()
    {
    }

    /// <summary>The program of a zygote, 8 bytes for each instruction.</summary>
    internal static byte[] Compile()
    {
        var filter = new SeccompFilter();
        filter.Add(s_notPermitted, SystemCalls.NotPermittedCalls);
        filter.Add(s_notImplemented, SystemCalls.NotImplementedCalls);
        filter.Add(Decision.Pretend, SystemCalls.PretendedCalls);
        for (var number = SystemCalls.FirstUnused; number < SystemCalls.FirstShared; number++)
            filter._decisions.Add(number, s_notImplemented);
        filter.Add(MultiplexedCalls.All);
        return filter.Build();
    }

    /// <summary>The program of a sandbox, which comes on top.</summary>
    internal static byte[] CompileLast()
    {
        var filter = new SeccompFilter();
        filter.Add(s_notPermitted, SystemCalls.SetupCalls);
        filter.Add(Decision.Report, SystemCalls.ReportedCalls);
        filter.Add(MultiplexedCalls.Last);
        return filter.Build();
    }

    private static uint OffsetArgument(int index) => 16 + ((uint)index * 8);

    private void Add(Decision decision, ReadOnlySpan<uint> numbers)
    {
        foreach (var number in numbers)
            _decisions.Add(number, decision);
    }

    private void Add(IEnumerable<MultiplexedCall> calls)
    {
        foreach (var call in calls)
            _decisions.Add(call.Number, call.Decision);
    }

    /// <summary>First the number's place is found. Then come the ends of calls whose arguments do not matter, one step to each of the others, and these one after another.</summary>
    private byte[] Build()
    {
        _program.Load(OffsetArchitecture);
        _program.Jump(Test.Equal, SystemCalls.Architecture, null, PlaceOf(s_notImplemented));
        _program.Load(OffsetNumber);
        Find([.. Ranges()]);
        _program.PlaceEnds();

        var calls = _pending.ToList();
        _pending.Clear();
        var blocks = calls.ConvertAll(_ => new Place());
        for (var i = 0; i < calls.Count; i++)
        {
            _program.Mark(calls[i].Place);
            _program.Go(blocks[i]);
        }

        for (var i = 0; i < calls.Count; i++)
        {
            _parts.Clear();
            _program.Mark(blocks[i]);
            Lay(calls[i].Decision);
            while (_pending.TryDequeue(out var part))
            {
                _program.Mark(part.Place);
                Lay(part.Decision);
            }

            _program.PlaceEnds();
        }

        return _program.ToBytes();
    }

    /// <summary>All numbers: the first of each row that leads to the same place.</summary>
    private IEnumerable<(uint First, Place To)> Ranges()
    {
        Decision? last = null;
        for (var number = 0u; number < SystemCalls.FirstUnknown; number++)
        {
            var decision = _decisions.GetValueOrDefault(number) ?? Decision.Allow;
            if (!ReferenceEquals(decision, last))
                yield return (number, PlaceOf(decision));
            last = decision;
        }

        // Calls that are newer than this list, and another interface.
        yield return (SystemCalls.FirstUnknown, PlaceOf(s_notImplemented));
    }

    /// <summary>Where a decision lies, or is going to.</summary>
    private Place PlaceOf(Decision decision)
    {
        if (decision is Decision.Answer answer)
            return _program.End(answer.Action);

        // A jump leads on only: what lies already is laid down once more.
        if (_parts.TryGetValue(decision, out var place) && !place.IsMarked)
            return place;
        _parts[decision] = place = new Place();
        _pending.Enqueue((place, decision));
        return place;
    }

    private void Lay(Decision decision)
    {
        switch (decision)
        {
            case Decision.Choice choice:
                _program.Load(OffsetArgument(choice.Argument));
                Choose(choice);
                break;
            case Decision.Bits bits:
                _program.Load(OffsetArgument(bits.Argument));
                _program.Jump(Test.AnyBit, bits.Mask, PlaceOf(bits.IfAny), PlaceOf(bits.Otherwise));
                break;
            case Decision.Pointer pointer:
                var set = PlaceOf(pointer.IfSet);
                _program.Load(OffsetArgument(pointer.Argument));
                _program.Jump(Test.Equal, 0, null, set);
                _program.Load(OffsetArgument(pointer.Argument) + 4);
                _program.Jump(Test.Equal, 0, PlaceOf(pointer.IfNull), set);
                break;
            default:
                throw new ArgumentException($"{decision} does not look at arguments", nameof(decision));
        }
    }

    private void Choose(Decision.Choice choice)
    {
        var otherwise = PlaceOf(choice.Otherwise);
        var commands = choice.Commands.OrderBy(command => command.First).ToArray();
        if (commands.Length <= FewValues && commands.All(command => command.First == command.Last))
        {
            foreach (var command in commands)
                _program.Jump(Test.Equal, command.First, PlaceOf(command.Decision), command == commands[^1] ? otherwise : null);
            return;
        }

        List<(uint First, Place To)> ranges = [];
        var next = 0u;
        foreach (var command in commands)
        {
            if (command.First > next)
                ranges.Add((next, otherwise));
            var to = PlaceOf(command.Decision);
            if (ranges.Count == 0 || ranges[^1].To != to)
                ranges.Add((command.First, to));
            next = checked(command.Last + 1);
        }

        ranges.Add((next, otherwise));
        Find([.. ranges]);
    }

    /// <summary>Goes on at the place of the row that what was loaded lies in. The first row begins at 0, and there are two at least.</summary>
    private void Find(ReadOnlySpan<(uint First, Place To)> ranges)
    {
        var middle = ranges.Length / 2;
        var below = ranges[..middle];
        var above = ranges[middle..];
        var (isLeftEnd, isRightEnd) = (below.Length == 1, above.Length == 1);
        var right = isRightEnd ? above[0].To : new Place();
        _program.Jump(Test.GreaterOrEqual, above[0].First, right, isLeftEnd ? below[0].To : null);
        if (!isLeftEnd)
            Find(below);
        if (isRightEnd)
            return;
        _program.Mark(right);
        Find(above);
    }
}
