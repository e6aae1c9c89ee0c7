namespace SandboxApi.Runtime.Engine;

/// <summary>Waiting that has an end.</summary>
internal static class Patience
{
    /// <summary>Whether the task ended within the time; what it throws is thrown.</summary>
    internal static async Task<bool> WithinAsync(this Task task, TimeSpan time)
    {
        // Suppressed, not caught: the task may end between the end of the time and our notice of it, and then has ended all the same.
        await task.WaitAsync(time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (!task.IsCompleted)
            return false;
        await task.ConfigureAwait(false);
        return true;
    }
}
