using SandboxApi.Bench.Floor;

namespace SandboxApi.Bench.Sections;

/// <summary>What all sections measure with.</summary>
/// <param name="Directory">A directory for temporary files.</param>
/// <param name="Floor">The floor.</param>
/// <param name="Scale">How much is measured: 1 for a report, less for a look.</param>
/// <param name="Against">Further sandbox servers by name.</param>
internal sealed record Setting(string Directory, FloorProgram Floor, double Scale, IReadOnlyDictionary<string, Uri> Against)
{
    /// <summary>The command of most measurements.</summary>
    public const string Script = "echo $((2+2))";

    /// <summary>A number of repetitions, scaled.</summary>
    public int Times(int times) => Math.Max(5, (int)(times * Scale));

    public TimeSpan For(double seconds) => TimeSpan.FromSeconds(Math.Max(0.5, seconds * Scale));

    public string NewDirectory(string name) => System.IO.Directory.CreateDirectory(Path.Combine(Directory, name + Guid.NewGuid().ToString("N")[..8])).FullName;
}
