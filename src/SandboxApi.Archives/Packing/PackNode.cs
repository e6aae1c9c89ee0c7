namespace SandboxApi.Archives.Packing;

/// <summary>One name of what is to be packed.</summary>
/// <param name="name">One segment of a path.</param>
internal sealed class PackNode(string name)
{
    public string Name => name;

    /// <summary>Where it is read from: a path; null for a directory that only the names below it imply.</summary>
    public string? Source { get; set; }

    /// <summary>The directory that the path belongs to; null for a file that was named by itself.</summary>
    public SourceDirectory? Directory { get; set; }

    /// <summary>What it is; null for a file that is read whatever it is, as it was named by itself.</summary>
    public FileFacts? Facts { get; set; }

    /// <summary>What is below a directory, in the order of the archive; null for anything else.</summary>
    public SortedDictionary<string, PackNode>? Children { get; set; }
}
