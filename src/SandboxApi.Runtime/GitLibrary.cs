namespace SandboxApi;

/// <summary>A git repository that appears in every sandbox at <c>/utils/libs/{alias}</c>.</summary>
/// <param name="Url">What git can clone.</param>
/// <param name="Alias">The directory's name: letters, digits, <c>.</c>, <c>_</c> and <c>-</c>, not starting with <c>.</c> or <c>-</c>.</param>
public sealed record GitLibrary(string Url, string Alias);
