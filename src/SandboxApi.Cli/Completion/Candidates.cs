namespace SandboxApi.Cli.Completion;

/// <summary>What can stand where the cursor is.</summary>
/// <param name="Files">Whether paths can, beside the words.</param>
/// <param name="Words">The words that begin as the one that was begun.</param>
internal sealed record Candidates(FileCandidates Files, IReadOnlyList<string> Words)
{
    internal static Candidates None { get; } = new(FileCandidates.None, []);

    /// <summary>For a shell: the kind of path on the first line, then a word a line.</summary>
    internal string ToLines() => string.Concat(Words.Prepend(Files.ToString().ToLowerInvariant()).Select(word => word + "\n"));
}

/// <summary>Which paths can stand where the cursor is.</summary>
internal enum FileCandidates
{
    None,
    Files,
    Directories,
}
