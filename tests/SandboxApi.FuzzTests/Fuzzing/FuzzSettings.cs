using System.Globalization;

namespace SandboxApi.FuzzTests.Fuzzing;

/// <summary>What whoever starts the tests says about them, in environment variables.</summary>
internal static class FuzzSettings
{
    /// <summary>How long each target is fuzzed, from <c>FUZZ_SECONDS</c>; 10 by default.</summary>
    public static TimeSpan Time { get; } = TimeSpan.FromSeconds(Number("FUZZ_SECONDS", 10));

    /// <summary>What decides all mutations, from <c>FUZZ_SEED</c>; 1 by default, so that every machine tries the same.</summary>
    public static int Seed { get; } = (int)Number("FUZZ_SEED", 1);

    /// <summary>The only input to try, from <c>FUZZ_INPUT</c>: a file that a failure left.</summary>
    public static string? Input { get; } = Environment.GetEnvironmentVariable("FUZZ_INPUT");

    private static double Number(string name, double other) =>
        double.TryParse(Environment.GetEnvironmentVariable(name), CultureInfo.InvariantCulture, out var value) ? value : other;
}
