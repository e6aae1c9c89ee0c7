namespace SandboxApi.Runtime.Environments;

internal sealed partial class EnvironmentStore
{
    /// <summary>Removes what has expired; returns how many.</summary>
    /// <remarks>What claims to be saved in the future, because the clock was set back since, counts as saved now: else it could live for years.</remarks>
    internal int Sweep()
    {
        var removed = 0;
        try
        {
            foreach (var id in Ids())
            {
                if (SweepOne(PathOf(id)))
                    removed++;
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            SweepFailed(_options.Directory, e);
        }

        Swept(removed);
        return removed;
    }

    private bool SweepOne(string path)
    {
        try
        {
            var saved = File.GetLastWriteTimeUtc(path);
            var now = _timeProvider.GetUtcNow().UtcDateTime;
            if (IsExpired(saved))
            {
                File.Delete(path);
                return true;
            }

            if (saved > now)
                File.SetLastWriteTimeUtc(path, now);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            SweepFailed(path, e);
        }

        return false;
    }

    private async Task SweepPeriodicallyAsync()
    {
        while (await _timer.WaitForNextTickAsync().ConfigureAwait(false))
            Sweep();
    }

    // What a killed process left has no lock any more; what has one is being written by another process.
    private void RemoveLeftovers()
    {
        foreach (var path in Directory.EnumerateFiles(_options.Directory, "*" + TemporaryExtension))
        {
            try
            {
                using (File.OpenHandle(path, FileMode.Open, FileAccess.Write, FileShare.None))
                    File.Delete(path);
            }
            catch (IOException e)
            {
                LeftoverKept(path, e);
            }
        }
    }
}
