using System.Globalization;

namespace SandboxApi.Runtime.Cgroups;

/// <summary>Lists of processors as the kernel writes them: <c>0-3,8</c> (cpuset(7)).</summary>
internal static class CpuList
{
    /// <summary>How many processors the list names; null for no list.</summary>
    internal static int? Count(string? list) => list?.Split(',', StringSplitOptions.RemoveEmptyEntries).Sum(part =>
    {
        var ends = part.Split('-');
        return int.Parse(ends[^1], CultureInfo.InvariantCulture) - int.Parse(ends[0], CultureInfo.InvariantCulture) + 1;
    });

    /// <summary>The processors that a valid list names.</summary>
    internal static IReadOnlySet<int> Numbers(string list) => list.Split(',').SelectMany(part =>
    {
        var ends = part.Split('-');
        var first = int.Parse(ends[0], CultureInfo.InvariantCulture);
        return Enumerable.Range(first, int.Parse(ends[^1], CultureInfo.InvariantCulture) - first + 1);
    }).ToHashSet();

    /// <summary>Whether it is a list at all.</summary>
    internal static bool IsValid(string list) => list.Split(',').All(part =>
        part.Split('-') is { Length: 1 or 2 } ends
        && ends.All(e => int.TryParse(e, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number < 8192)
        && int.Parse(ends[0], CultureInfo.InvariantCulture) <= int.Parse(ends[^1], CultureInfo.InvariantCulture));
}
