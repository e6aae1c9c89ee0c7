namespace SandboxApi;

/// <summary>Thrown by <see cref="ExecutionResult.EnsureSuccess"/> for a run that did not go through.</summary>
public sealed class ExecutionFailedException : Exception
{
    /// <summary>For the given run.</summary>
    public ExecutionFailedException(ExecutionResult result)
        : base(Describe(result)) => Result = result;

    /// <summary>The run.</summary>
    public ExecutionResult Result { get; }

    private static string Describe(ExecutionResult result)
    {
        switch (result.Status)
        {
            case (int)ExecutionStatus.ResultNotFound:
                return "The run left no result file.";
            case (int)ExecutionStatus.ResultNotUtf8:
                return "The run's result file is not UTF-8.";
        }

        // The sandbox failed and not the last command, which may have ended well.
        if (result.Execution.Count == 0 || (result.Status == (int)ExecutionStatus.UnknownError && result.Message is not null))
            return $"The run ended with status {result.Status}{(result.Message is null ? "." : ": " + result.Message)}";
        var last = result.Execution[^1];
        var what = result.Status == (int)ExecutionStatus.Timeout ? "timed out" : $"ended with status {result.Status}";
        var why = last.Verdict is { } verdict and not (Verdict.Ok or Verdict.Failed or Verdict.Timeout or Verdict.Unknown) ? $" ({verdict})" : "";
        var stderr = last.Stderr.Length > 1000 ? "…" + last.Stderr[^1000..] : last.Stderr;
        return $"The command '{last.Command}' {what}{why}{(stderr.Length == 0 ? "." : ": " + stderr)}";
    }
}
