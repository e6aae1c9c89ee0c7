using static SandboxApi.Runtime.Seccomp.FilterProgram;

namespace SandboxApi.Runtime.Seccomp;

/// <summary>Compiles the deny-list into the classic BPF programs that the kernel runs before every system call (seccomp(2)).</summary>
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
    private const uint ActionAllow = 0x7FFF0000;
    private const uint ActionNotify = 0x7FC00000;
    private const uint ActionErrno = 0x00050000;

    private readonly FilterProgram _program = new();

    /// <summary>What answers a call whatever its arguments.</summary>
    private readonly Dictionary<uint, Place> _ends = [];

    /// <summary>The rules of a call whose answer hangs on its arguments, one after another.</summary>
    private readonly SortedDictionary<uint, List<Action>> _rules = [];

    private SeccompFilter()
    {
    }

    private Place Allowed => _program.End(ActionAllow);

    /// <summary>The program of a zygote, 8 bytes for each instruction.</summary>
    internal static byte[] Compile()
    {
        var filter = new SeccompFilter();
        filter.List();
        return filter.Build();
    }

    /// <summary>The program of a sandbox, which comes on top.</summary>
    internal static byte[] CompileLast()
    {
        var filter = new SeccompFilter();
        filter.ListLast();
        return filter.Build();
    }

    /// <summary>Arguments are 64 bits wide; all that are looked at here the kernel itself takes as 32.</summary>
    private static uint OffsetArgument(int index) => 16 + ((uint)index * 8);

    private void List()
    {
        foreach (var number in SystemCalls.NotPermittedCalls)
            _ends[number] = Denied(SystemCalls.NotPermitted);
        foreach (var number in SystemCalls.NotImplementedCalls)
            _ends[number] = Denied(SystemCalls.NotImplemented);
        for (var number = SystemCalls.FirstUnused; number < SystemCalls.FirstShared; number++)
            _ends[number] = Denied(SystemCalls.NotImplemented);

        foreach (var (number, argument) in SystemCalls.CallsOnOthers)
            Rule(number, () => DenyValues(argument, [SystemCalls.Init]));
        Rule(SystemCalls.InputOutputControl, () => DenyValues(1, SystemCalls.DeniedRequests));
        Rule(SystemCalls.SetLimit, KeepCoreLimit);
        Rule(SystemCalls.GetAndSetLimit, KeepCoreLimitIfNew);
        Rule(SystemCalls.Socket, RefuseFamilies);
        Rule(SystemCalls.SocketPair, RefuseFamilies);
    }

    private void ListLast()
    {
        foreach (var number in SystemCalls.SetupCalls)
            _ends[number] = Denied(SystemCalls.NotPermitted);
        foreach (var number in SystemCalls.ReportedCalls)
            _ends[number] = _program.End(ActionNotify);
        Rule(SystemCalls.Clone, () => DenyBits(0, SystemCalls.CloneNamespaces));
        Rule(SystemCalls.Unshare, () => DenyBits(0, SystemCalls.CloneNamespaces | SystemCalls.CloneNewTime));
    }

    private void Rule(uint number, Action rule)
    {
        if (!_rules.TryGetValue(number, out var rules))
            _rules[number] = rules = [];
        rules.Add(rule);
    }

    private byte[] Build()
    {
        _program.Load(OffsetArchitecture);
        _program.Jump(Test.Equal, SystemCalls.Architecture, null, Denied(SystemCalls.NotImplemented));
        _program.Load(OffsetNumber);
        var rules = _rules.ToDictionary(rule => rule.Key, _ => new Place());
        Find([.. Ranges(rules)]);
        foreach (var (number, steps) in _rules)
        {
            _program.Mark(rules[number]);
            foreach (var step in steps)
                step();
            Always(Allowed);
        }

        return _program.ToBytes();
    }

    /// <summary>All numbers: the first of each row that leads to the same place.</summary>
    private IEnumerable<(uint First, Place To)> Ranges(Dictionary<uint, Place> rules)
    {
        Place? last = null;
        for (var number = 0u; number < SystemCalls.FirstUnknown; number++)
        {
            var to = rules.GetValueOrDefault(number) ?? _ends.GetValueOrDefault(number) ?? Allowed;
            if (to != last)
                yield return (number, to);
            last = to;
        }

        // Calls that are newer than this list, and another interface.
        yield return (SystemCalls.FirstUnknown, Denied(SystemCalls.NotImplemented));
    }

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

    private Place Denied(uint errno) => _program.End(ActionErrno | errno);

    /// <summary>Every value is 0 or more.</summary>
    private void Always(Place place) => _program.Jump(Test.GreaterOrEqual, 0, place, place);

    private void DenyBits(int argument, uint bits)
    {
        _program.Load(OffsetArgument(argument));
        _program.Jump(Test.AnyBit, bits, Denied(SystemCalls.NotPermitted));
    }

    private void DenyValues(int argument, ReadOnlySpan<uint> values)
    {
        _program.Load(OffsetArgument(argument));
        foreach (var value in values)
            _program.Jump(Test.Equal, value, Denied(SystemCalls.NotPermitted));
    }

    /// <summary>Whoever sets the limit of core dumps is told that it was set, and it stays; programs that want none may depend on it.</summary>
    private void KeepCoreLimit()
    {
        _program.Load(OffsetArgument(0));
        _program.Jump(Test.Equal, SystemCalls.CoreLimit, Denied(0));
    }

    /// <summary>As <see cref="KeepCoreLimit"/>, with a new limit only: a pointer, of which either half may be zero.</summary>
    private void KeepCoreLimitIfNew()
    {
        _program.Load(OffsetArgument(1));
        _program.Jump(Test.Equal, SystemCalls.CoreLimit, null, Allowed);
        _program.Load(OffsetArgument(2));
        _program.Jump(Test.Equal, 0, null, Denied(0));
        _program.Load(OffsetArgument(2) + 4);
        _program.Jump(Test.Equal, 0, null, Denied(0));
    }

    /// <summary>socket and socketpair: Unix, of netlink the part that lists one's own interfaces, and of IPv4 and IPv6 what needs no module.</summary>
    private void RefuseFamilies()
    {
        var (internet, netlink) = (new Place(), new Place());
        _program.Load(OffsetArgument(0));
        _program.Jump(Test.Equal, SystemCalls.FamilyUnix, Allowed);
        _program.Jump(Test.Equal, SystemCalls.FamilyInternet, internet);
        _program.Jump(Test.Equal, SystemCalls.FamilyInternet6, internet);
        _program.Jump(Test.Equal, SystemCalls.FamilyNetlink, netlink, Denied(SystemCalls.FamilyNotSupported));

        _program.Mark(netlink);
        _program.Load(OffsetArgument(2));
        _program.Jump(Test.Equal, SystemCalls.NetlinkRoute, Allowed, Denied(SystemCalls.FamilyNotSupported));

        _program.Mark(internet);
        _program.Load(OffsetArgument(1));
        _program.Jump(Test.AnyBit, SystemCalls.UnusualTypes, Denied(SystemCalls.TypeNotSupported));
        _program.Load(OffsetArgument(2));
        foreach (var protocol in SystemCalls.InternetProtocols)
            _program.Jump(Test.Equal, protocol, Allowed);
        Always(Denied(SystemCalls.ProtocolNotSupported));
    }
}
