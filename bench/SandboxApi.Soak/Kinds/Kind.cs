using SandboxApi.Soak.Running;

namespace SandboxApi.Soak.Kinds;

/// <summary>Carries out a run and tells the session what it saw that should not be.</summary>
internal delegate Task Work(Session session);

/// <summary>A kind of work.</summary>
/// <param name="Name">What it is called in the report.</param>
/// <param name="Weight">How often it is drawn, against the others.</param>
/// <param name="Draw">Draws one: everything random is drawn here, so that it is the same again for the same dice.</param>
internal sealed record Kind(string Name, int Weight, Func<Dice, Work> Draw)
{
    /// <summary>A program that must be there inside; without it the kind is left out.</summary>
    internal string? Needs { get; init; }
}
