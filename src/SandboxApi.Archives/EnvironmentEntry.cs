namespace SandboxApi;

/// <summary>One member of an environment's archive.</summary>
/// <param name="Path">Its path relative to the environment, without <c>./</c> or <c>/</c> before and <c>/</c> after it; <c>.</c> is the environment's own directory.</param>
/// <param name="Kind">What it is.</param>
/// <param name="Length">Bytes of a file; 0 for anything else.</param>
/// <param name="Mode">Its permissions, without the set-user-id and set-group-id bits; the sticky bit only of directories.</param>
/// <param name="LinkTarget">What a symbolic or hard link points to; else null. From a hostile archive that of a symbolic link may be anything.</param>
public sealed record EnvironmentEntry(string Path, EnvironmentEntryKind Kind, long Length, UnixFileMode Mode, string? LinkTarget)
{
    /// <summary>When it was last modified, to 100 ns; the start of 1970 by default.</summary>
    public DateTimeOffset Modified { get; init; } = DateTimeOffset.UnixEpoch;
}
