namespace SandboxApi.Runtime.Engine;

/// <summary>Waiting that has an end.</summary>
internal static class Patience
{
    /// <summary>Whether the task ended within the time.</summary>
    internal static async Task<bool> WithinAsync(this Task task, TimeSpan time)
    {
        try
        {
            await task.WaitAsync(time).ConfigureAwait(false);
            return true;
        }
        catch (TimeoutException)
        {
            // It may have ended, or failed, just when the time was over.
            if (!task.IsCompleted)
                return false;
            await task.ConfigureAwait(false);
            return true;
        }
    }
}
