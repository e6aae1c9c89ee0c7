namespace SandboxApi.Runtime;

/// <summary>Options that are out of range. Each sentence begins with the name of an option, so that whoever knows it by another can tell it by that.</summary>
internal sealed class InvalidOptionsException(IReadOnlyList<string> problems, string parameter)
    : ArgumentException("The options of the local sandbox are not valid. " + string.Join(" ", problems), parameter)
{
    /// <summary>A sentence for each.</summary>
    internal IReadOnlyList<string> Problems { get; } = problems;
}
