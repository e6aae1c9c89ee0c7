using SandboxApi.Launcher;

namespace SandboxApi.Runtime.Engine;

/// <summary>The kernel refused a step of the launcher. Always the reason inside another exception: from it the doctor tells what is missing.</summary>
internal sealed class StepRefusedException(Step step, int errno, string message) : Exception(message)
{
    internal Step Step { get; } = step;

    internal int Errno { get; } = errno;

    /// <summary>The step that was refused, if that is why; null otherwise.</summary>
    internal static StepRefusedException? In(Exception? exception)
    {
        while (exception is not (null or StepRefusedException))
            exception = exception.InnerException;
        return (StepRefusedException?)exception;
    }
}
