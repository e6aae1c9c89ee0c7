namespace SandboxApi.SecurityTests.Matrix;

/// <summary>A kind of host that the suite runs on: a column of the matrix.</summary>
/// <param name="Name">What scripts, reports and <c>TEST_KIND</c> call it.</param>
/// <param name="Text">What it is.</param>
public sealed record HostKind(string Name, string Text)
{
    /// <summary>Root, and the controllers of memory and processes in version 1.</summary>
    public static HostKind HybridRoot { get; } = new("hybrid-root", "cgroup version 1 or hybrid, as root");

    /// <summary>Root, and all controllers in version 2.</summary>
    public static HostKind V2Root { get; } = new("v2-root", "cgroup version 2, as root");

    /// <summary>An ordinary user to whom a cgroup of version 2 was delegated.</summary>
    public static HostKind V2User { get; } = new("v2-user", "cgroup version 2, an ordinary user with a delegated cgroup");

    /// <summary>An ordinary user who has no cgroup.</summary>
    public static HostKind Undelegated { get; } = new("undelegated", "an ordinary user without delegation, the limits of cgroups waived by name");

    /// <summary>The kinds that a release is tested on.</summary>
    public static IReadOnlyList<HostKind> All { get; } = [HybridRoot, V2Root, V2User, Undelegated];

    /// <summary>The kind of that name; any other name is a host of somebody's own.</summary>
    public static HostKind Of(string name) => All.FirstOrDefault(kind => kind.Name == name) ?? new HostKind(name, "a host of your own");
}
