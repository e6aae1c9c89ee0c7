using System.Diagnostics;

namespace SandboxApi.Archives;

/// <summary>The way from a core, called with <c>async: false</c>, to its synchronous twin: the work is done when the core returns.</summary>
internal static class Completed
{
    internal static T Result<T>(ValueTask<T> task) =>
        task.IsCompleted ? task.GetAwaiter().GetResult() : throw new UnreachableException("A synchronous call has started asynchronous work.");

    internal static void Done(ValueTask task)
    {
        if (!task.IsCompleted)
            throw new UnreachableException("A synchronous call has started asynchronous work.");
        task.GetAwaiter().GetResult();
    }
}
