namespace SandboxApi.Soak.Unfriendly;

/// <summary>One way to be unfriendly, at its worst permitted size.</summary>
/// <param name="Name">What it is called in the report: what the client or program does.</param>
/// <param name="IsInside">Whether it stays inside of its own sandbox: then others must hardly notice it.</param>
/// <param name="Once">Does it once; an attacker does it again and again. Answers and refusals are all the same to it.</param>
internal sealed record Attack(string Name, bool IsInside, Func<Attacker, Task> Once)
{
    /// <summary>What is got ready before, once for all attackers; null for nothing.</summary>
    internal Func<Attacker, Task>? Prepare { get; init; }
}
