namespace SandboxApi;

/// <summary>The values of <see cref="ExecutionResult.Status"/> that are no exit code.</summary>
public enum ExecutionStatus
{
    /// <summary>The result file is not UTF-8.</summary>
    ResultNotUtf8 = -4,

    /// <summary>The result file was not found, or is no regular file in the working directory.</summary>
    ResultNotFound = -3,

    /// <summary>A command timed out.</summary>
    Timeout = -2,

    /// <summary>The sandbox failed, not the program.</summary>
    UnknownError = -1,

    /// <summary>The run went through.</summary>
    Ok = 0,
}
