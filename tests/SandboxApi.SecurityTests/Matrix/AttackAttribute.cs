using Xunit.v3;

namespace SandboxApi.SecurityTests.Matrix;

/// <summary>Says which attack a test, or every test of a class, carries out: the rows of <c>docs/security-matrix.md</c>.</summary>
/// <param name="number">The attack's number in the <see cref="AttackCatalogue"/>.</param>
[AttributeUsage(AttributeTargets.Class | AttributeTargets.Method, AllowMultiple = true)]
public sealed class AttackAttribute(int number) : Attribute, ITraitAttribute
{
    /// <summary>The trait by which reports of the test runner tell the attack.</summary>
    public const string Trait = "Attack";

    /// <summary>The attack's number.</summary>
    public int Number => number;

    /// <inheritdoc/>
    public IReadOnlyCollection<KeyValuePair<string, string>> GetTraits() => [new(Trait, $"{number}")];
}
