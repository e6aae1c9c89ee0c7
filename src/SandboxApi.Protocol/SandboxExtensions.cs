namespace SandboxApi;

/// <summary>Shorter ways to call any <see cref="ISandbox"/>.</summary>
public static class SandboxExtensions
{
    /// <summary>Runs one command in a fresh sandbox and returns what happened.</summary>
    /// <param name="sandbox">Where.</param>
    /// <param name="command">A text for <c>bash -c</c>.</param>
    /// <param name="cancellationToken">Ends the run.</param>
    /// <exception cref="SandboxException">The run could not be made.</exception>
    public static Task<ExecutionResult> ExecuteAsync(this ISandbox sandbox, string command, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(sandbox);
        ArgumentNullException.ThrowIfNull(command);
        return sandbox.ExecuteAsync(ExecutionConfig.Of(command), null, cancellationToken);
    }
}
