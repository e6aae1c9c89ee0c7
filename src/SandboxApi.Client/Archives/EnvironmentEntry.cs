namespace SandboxApi;

/// <summary>One member of an environment's archive.</summary>
/// <param name="Path">Its path relative to the environment, without <c>./</c> before and <c>/</c> after it; from a hostile archive it may be anything.</param>
/// <param name="Kind">What it is.</param>
/// <param name="Length">Bytes of a file; 0 for anything else.</param>
/// <param name="Mode">Its permissions, without the set-user-id, set-group-id and sticky bits.</param>
/// <param name="LinkTarget">What a symbolic or hard link points to; else null.</param>
public sealed record EnvironmentEntry(string Path, EnvironmentEntryKind Kind, long Length, UnixFileMode Mode, string? LinkTarget);
