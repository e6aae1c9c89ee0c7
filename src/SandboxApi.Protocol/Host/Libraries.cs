using System.Text.Json.Serialization;

namespace SandboxApi;

/// <summary>What is installed inside the sandboxes.</summary>
public sealed record Libraries
{
    /// <summary>Packages and their versions, by language.</summary>
    [JsonPropertyName("libraries")]
    public required LibraryPackages Packages { get; init; }

    /// <summary>Names of the programs on the PATH.</summary>
    public required IReadOnlyList<string> Bin { get; init; }
}

/// <summary>Packages and their versions; empty for a language that is not there.</summary>
public sealed record LibraryPackages
{
    /// <summary>Packages of the distribution.</summary>
    public required IReadOnlyDictionary<string, string> System { get; init; }

    /// <summary>Python packages.</summary>
    public required IReadOnlyDictionary<string, string> Python { get; init; }

    /// <summary>Perl modules.</summary>
    public required IReadOnlyDictionary<string, string> Perl { get; init; }

    /// <summary>C libraries.</summary>
    public required IReadOnlyDictionary<string, string> C { get; init; }
}
