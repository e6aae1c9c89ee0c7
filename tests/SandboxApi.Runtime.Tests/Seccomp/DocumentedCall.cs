using System.Globalization;
using System.Text.RegularExpressions;

namespace SandboxApi.Runtime.Tests.Seccomp;

/// <summary>A row of docs/system-calls.md: a command, the call that it is, and what that is answered.</summary>
/// <param name="Command">Its name.</param>
/// <param name="Number">The system call's number.</param>
/// <param name="Arguments">The values of each argument, the first and the last; null where it does not matter.</param>
/// <param name="Answer"><c>allowed</c>, <c>pretended</c> or the name of an error.</param>
/// <param name="Reason">Why.</param>
internal sealed partial record DocumentedCall(string Command, int Number, IReadOnlyList<(uint First, uint Last)?> Arguments, string Answer, string Reason)
{
    /// <summary>All rows.</summary>
    internal static IReadOnlyList<DocumentedCall> All { get; } = [.. File.ReadLines(Path.Combine(AppContext.BaseDirectory, "system-calls.md")).Select(line => Row().Match(line)).Where(match => match.Success).Select(Read)];

    /// <summary>The call with the first, and the one with the last of its values.</summary>
    internal IEnumerable<uint[]> Examples => new[] { Arguments.Select(values => values?.First ?? 0).ToArray(), [.. Arguments.Select(values => values?.Last ?? 0)] }.DistinctBy(values => string.Join(' ', values));

    public override string ToString() => $"{Command} ({Number}): {Answer}";

    private static DocumentedCall Read(Match row) => new(
        row.Groups[1].Value.Replace("`", "", StringComparison.Ordinal),
        int.Parse(row.Groups[2].Value, CultureInfo.InvariantCulture),
        [.. row.Groups[3].Value.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(Values)],
        row.Groups[4].Value,
        row.Groups[5].Value);

    private static (uint First, uint Last)? Values(string field)
    {
        if (field == "-")
            return null;
        var ends = field.Split("..").Select(end => end.StartsWith("0x", StringComparison.Ordinal) ? uint.Parse(end[2..], NumberStyles.HexNumber, CultureInfo.InvariantCulture) : uint.Parse(end, CultureInfo.InvariantCulture)).ToList();
        return (ends[0], ends[^1]);
    }

    [GeneratedRegex(@"^\| (.+) \| `(\d+)((?: [-.0-9a-fx]+)*)` \| (\w+) \| (.*) \|$")]
    private static partial Regex Row();
}
