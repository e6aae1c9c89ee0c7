namespace SandboxApi;

/// <summary>A call to a sandbox could not be carried out. What the user's commands did wrong is never an exception.</summary>
public class SandboxException : Exception
{
    /// <summary>An error of the given code.</summary>
    public SandboxException(SandboxErrorCode code, string message, Exception? innerException = null)
        : base(message, innerException) => Code = code;

    /// <summary>Why.</summary>
    public SandboxErrorCode Code { get; }

    /// <summary>Everything wrong with the config, for <see cref="SandboxErrorCode.InvalidConfig"/>; else empty.</summary>
    public IReadOnlyList<Violation> Violations { get; init; } = [];

    /// <summary>An error of code <see cref="SandboxErrorCode.InvalidConfig"/> that lists all violations.</summary>
    public static SandboxException Invalid(IReadOnlyList<Violation> violations) =>
        new(SandboxErrorCode.InvalidConfig, "The config is invalid: " + string.Join("; ", violations)) { Violations = violations };

    /// <summary>An error of code <see cref="SandboxErrorCode.InvalidConfig"/> with one violation.</summary>
    public static SandboxException Invalid(string field, string message) => Invalid([new Violation(field, message)]);
}
