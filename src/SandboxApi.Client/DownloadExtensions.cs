namespace SandboxApi;

/// <summary>Downloads from any <see cref="ISandbox"/> into files.</summary>
public static class DownloadExtensions
{
    /// <summary>Downloads a stored environment, or one file of it; the destination appears, or is replaced, only when all of it is there and on disk.</summary>
    /// <param name="sandbox">Where from.</param>
    /// <param name="environment">The environment's id.</param>
    /// <param name="destination">The file to write; its directory must exist.</param>
    /// <param name="path">A file's path relative to the environment, or null for the whole archive.</param>
    /// <param name="cancellationToken">Gives up; nothing is left behind.</param>
    /// <exception cref="SandboxException">No such environment or file, or the download broke off.</exception>
    /// <exception cref="IOException">The destination cannot be written.</exception>
    public static async Task DownloadToFileAsync(this ISandbox sandbox, Guid environment, string destination, string? path = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(sandbox);
        ArgumentException.ThrowIfNullOrEmpty(destination);
        var target = Path.GetFullPath(destination);
        // Beside the destination, because only within one file system is a rename atomic.
        var partial = Path.Combine(Path.GetDirectoryName(target)!, $".{Guid.NewGuid():N}.partial");
        var download = await sandbox.DownloadAsync(environment, path, cancellationToken).ConfigureAwait(false);
        await using (download.ConfigureAwait(false))
        {
            try
            {
                var file = new FileStream(partial, FileMode.CreateNew, FileAccess.Write, FileShare.None);
                await using (file.ConfigureAwait(false))
                {
                    await download.CopyToAsync(file, cancellationToken).ConfigureAwait(false);
                    file.Flush(flushToDisk: true);
                }

                File.Move(partial, target, overwrite: true);
            }
            catch
            {
                File.Delete(partial);
                throw;
            }
        }
    }
}
