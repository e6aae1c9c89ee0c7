using System.Globalization;

namespace SandboxApi.FunctionalTests.Fixtures;

/// <summary>What whoever starts the tests says about the host they run on.</summary>
internal static class TestHost
{
    /// <summary>Protections that this host cannot give, from <c>TEST_WAIVE</c> (names with commas between): waived in every sandbox that a test starts.</summary>
    public static IReadOnlyList<string> Waived { get; } =
        (Environment.GetEnvironmentVariable("TEST_WAIVE") ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    /// <summary>How many times slower than a plain machine this one is, from <c>TEST_SLOWNESS</c>; 1 by default. An emulated machine is some ten times slower.</summary>
    public static double Slowness { get; } =
        double.TryParse(Environment.GetEnvironmentVariable("TEST_SLOWNESS"), CultureInfo.InvariantCulture, out var slowness) ? slowness : 1;

    /// <summary>Whether sandboxes are made as root, each with host ids of its own.</summary>
    public static bool IsRoot { get; } = Environment.IsPrivilegedProcess;

    /// <summary>Skips the test when one of the protections it is about is waived here.</summary>
    public static void Needs(params string[] protections)
    {
        foreach (var protection in protections)
            Assert.SkipWhen(Waived.Contains(protection), $"the protection '{protection}' is waived on this host");
    }
}
