namespace SandboxApi.Server.Errors;

/// <summary>Headers that belong to a request whatever its answer is: an answer that becomes an error keeps them.</summary>
internal static class LastingHeaders
{
    /// <summary>Holds the run's id, by which the log tells of it.</summary>
    internal const string RunId = "X-Run-Id";

    internal static IReadOnlyList<string> All { get; } = [RunId, "Vary", "Access-Control-Allow-Origin", "Access-Control-Expose-Headers"];
}
