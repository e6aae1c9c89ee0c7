using System.Text.Json;
using System.Text.Json.Serialization;

namespace SandboxApi.Archives.Tests;

/// <summary>Archives as people's tools make them, and what each must give.</summary>
internal static class Corpus
{
    private static readonly string s_directory = Path.Combine(AppContext.BaseDirectory, "Corpus");
    private static readonly JsonSerializerOptions s_names = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    public static IReadOnlyDictionary<string, CorpusArchive> All { get; } =
        JsonSerializer.Deserialize<List<CorpusArchive>>(File.ReadAllBytes(Path.Combine(s_directory, "manifest.json")), s_names)!.ToDictionary(archive => archive.Name);

    public static byte[] Read(string name) => File.ReadAllBytes(Path.Combine(s_directory, name));
}

/// <summary>An archive of the corpus.</summary>
/// <param name="Name">Its file.</param>
/// <param name="Sha256">Of the file.</param>
/// <param name="Expected">200, or 400 with the code of the error.</param>
/// <param name="Entries">What is found when it is unpacked; null where it is refused.</param>
internal sealed record CorpusArchive(string Name, string Sha256, string Expected, List<CorpusEntry>? Entries)
{
    public bool IsTaken => Entries is not null;
}

/// <summary>One file, directory or link that an archive gives.</summary>
internal sealed record CorpusEntry(string Path, string Type, string Mode, long Size, [property: JsonPropertyName("sha256_20")] string? Hash, long? Mtime, string? Target, string? SameFileAs);
