using System.Text;
using SandboxApi.Runtime.Interop;

namespace SandboxApi.Runtime.Environments;

internal sealed partial class EnvironmentStore
{
    private const int OthersMayAnything = 0x3F;

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
            // Somebody else's may lie there too: an operator's copy under way, say.
            if (!Guid.TryParseExact(Path.GetFileNameWithoutExtension(path), "D", out _) || !IsOwn(path))
                continue;
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

    /// <summary>Whether a file is one that this store's user made for itself alone, as the store does, rather than a link or something for others.</summary>
    private static bool IsOwn(string path)
    {
        using var directory = DirectoryHandle.Open(Path.GetDirectoryName(path)!);
        var status = directory.Status(Encoding.UTF8.GetBytes(Path.GetFileName(path)));
        return status.Kind == FileKind.Regular && status.Links == 1 && status.Uid == Processes.EffectiveUser() && (status.Mode & OthersMayAnything) == 0;
    }
}
