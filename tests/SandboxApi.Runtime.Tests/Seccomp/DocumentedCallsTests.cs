using SandboxApi.Runtime.Seccomp;

namespace SandboxApi.Runtime.Tests.Seccomp;

/// <summary>docs/system-calls.md and the table that the filter is made of say the same.</summary>
public sealed class DocumentedCallsTests
{
    private const uint Allow = 0x7FFF0000;
    private const uint Notify = 0x7FC00000;
    private const uint Refuse = 0x00050000;

    private static readonly Dictionary<string, uint> s_errors = new()
    {
        ["pretended"] = 0,
        ["EPERM"] = 1,
        ["ENOMEM"] = 12,
        ["EINVAL"] = 22,
        ["ENOTTY"] = 25,
        ["ENOSYS"] = 38,
        ["ENOPROTOOPT"] = 92,
        ["EPROTONOSUPPORT"] = 93,
        ["ESOCKTNOSUPPORT"] = 94,
        ["EOPNOTSUPP"] = 95,
        ["EAFNOSUPPORT"] = 97,
    };

    [Fact]
    public void The_filter_answers_as_each_row_says()
    {
        DocumentedCall.All.Count.ShouldBeGreaterThan(250);

        DocumentedCall.All.SelectMany(row => row.Examples.Select(values => (Row: row, Values: values)))
            .Where(example => Name(FilterRun.Both(example.Row.Number, [.. example.Values.Select(value => (ulong)value)])) != example.Row.Answer)
            .Select(example => $"{example.Row}: {string.Join(' ', example.Values)}")
            .ShouldBeEmpty();
    }

    [Fact]
    public void What_lies_beyond_32_bits_of_an_argument_changes_no_answer()
    {
        const ulong Beyond = 0x1234_5678_0000_0000;

        DocumentedCall.All.SelectMany(row => row.Examples.Select(values => (Row: row, Values: values)))
            .Where(example => Name(FilterRun.Both(example.Row.Number, [.. example.Values.Select((value, index) => IsPointer(example.Row, index) ? value : value | Beyond)])) != example.Row.Answer)
            .Select(example => $"{example.Row}: {string.Join(' ', example.Values)}")
            .ShouldBeEmpty();
    }

    [Fact]
    public void Every_command_of_the_table_has_a_row_with_its_reason()
    {
        HashSet<Decision> seen = new(ReferenceEqualityComparer.Instance);

        MultiplexedCalls.All.Concat(MultiplexedCalls.Last)
            .SelectMany(call => Commands(call.Decision, seen).Select(command => (Call: call, command.Argument, command.Command)))
            .Where(each => !DocumentedCall.All.Any(row => IsAbout(row, each.Call, each.Argument, each.Command)))
            .Select(each => $"{each.Call.Name} {each.Call.Number}: {each.Command.Name} {each.Command.First:x}..{each.Command.Last:x}")
            .ToList()
            .ShouldBeEmpty();
        DocumentedCall.All.Where(row => row.Reason.Length < 5).ShouldBeEmpty();
    }

    [Fact]
    public void Every_call_of_the_table_tells_what_is_allowed_and_what_is_refused()
    {
        foreach (var call in MultiplexedCalls.All)
            DocumentedCall.All.Where(row => row.Number == call.Number).Select(row => row.Answer == "allowed").Distinct().Count().ShouldBe(2, call.Name);
    }

    [Fact]
    public void No_call_is_in_two_lists()
    {
        uint[] first = [.. SystemCalls.NotPermittedCalls, .. SystemCalls.NotImplementedCalls, .. SystemCalls.PretendedCalls, .. MultiplexedCalls.All.Select(call => call.Number)];
        uint[] last = [.. SystemCalls.SetupCalls, .. SystemCalls.ReportedCalls, .. MultiplexedCalls.Last.Select(call => call.Number)];

        first.ShouldBeUnique();
        last.ShouldBeUnique();
    }

    private static string Name(uint answer) => answer switch
    {
        Allow => "allowed",
        _ when (answer & 0xFFFF0000) == Notify => "allowed",
        _ => s_errors.SingleOrDefault(error => answer == (Refuse | error.Value)).Key ?? $"{answer:x}",
    };

    /// <summary>Of prlimit64 the new limit, of which both halves count.</summary>
    private static bool IsPointer(DocumentedCall row, int index) => row.Number == 302 && index == 2;

    private static bool IsAbout(DocumentedCall row, MultiplexedCall call, int argument, CallCommand command) =>
        row.Number == call.Number && row.Arguments.Count > argument && row.Arguments[argument] == (command.First, command.Last) && row.Command.Contains(command.Name, StringComparison.Ordinal);

    /// <summary>All commands that have an answer of their own, each once.</summary>
    private static IEnumerable<(int Argument, CallCommand Command)> Commands(Decision decision, HashSet<Decision> seen)
    {
        if (decision is Decision.Answer || !seen.Add(decision))
            return [];
        return decision switch
        {
            Decision.Choice choice => choice.Commands.SelectMany(command => command.Decision is Decision.Answer or Decision.Pointer ? new[] { (choice.Argument, command) } : Commands(command.Decision, seen)).Concat(Commands(choice.Otherwise, seen)),
            Decision.Bits bits => Commands(bits.IfAny, seen).Concat(Commands(bits.Otherwise, seen)),
            _ => [],
        };
    }
}
