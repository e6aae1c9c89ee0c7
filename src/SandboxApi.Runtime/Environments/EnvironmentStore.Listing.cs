using System.Text;
using SandboxApi.Runtime.Interop;

namespace SandboxApi.Runtime.Environments;

internal sealed partial class EnvironmentStore
{
    /// <summary>Some of the environments, in the order of their ids, so that what is saved and removed meanwhile makes no page skip or repeat another one.</summary>
    /// <param name="after">The id that the page begins behind; null for the first.</param>
    /// <param name="limit">The most it holds, 1 to <see cref="EnvironmentPage.MaxLimit"/>.</param>
    /// <exception cref="SandboxException">The store's directory cannot be read.</exception>
    public EnvironmentPage List(Guid? after, int limit)
    {
        try
        {
            using var directory = DirectoryHandle.Open(_options.Directory);
            var page = new List<EnvironmentInfo>();
            foreach (var id in Ids().Where(id => after is null || id.CompareTo(after.Value) > 0).Order())
            {
                if (InfoOf(directory, id) is not { } info)
                    continue;
                if (page.Count == limit)
                    return new EnvironmentPage { Environments = page, Next = page[^1].Environment };
                page.Add(info);
            }

            return new EnvironmentPage { Environments = page };
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new SandboxException(SandboxErrorCode.Internal, $"The stored environments could not be listed: {e.Message.TrimEnd('.')}.", e);
        }
    }

    /// <summary>Removes an environment, durably; who reads it at the moment reads on. False when there was none.</summary>
    /// <exception cref="SandboxException">It could not be removed.</exception>
    public bool Delete(Guid id)
    {
        try
        {
            using var directory = DirectoryHandle.Open(_options.Directory);
            var wasThere = InfoOf(directory, id) is not null;
            directory.Unlink(Encoding.ASCII.GetBytes(NameOf(id)));
            directory.Sync();
            return wasThere;
        }
        catch (SystemCallException e) when (e.Errno == Errno.NoEntry)
        {
            return false;
        }
        catch (SystemCallException e)
        {
            throw new SandboxException(SandboxErrorCode.Internal, $"The environment {id} could not be removed: {e.Message}.", e);
        }
    }

    /// <summary>What has the name of an environment, whatever it is.</summary>
    private IEnumerable<Guid> Ids()
    {
        foreach (var path in Directory.EnumerateFiles(_options.Directory, "*" + Extension))
        {
            if (Guid.TryParseExact(Path.GetFileNameWithoutExtension(path), "D", out var id))
                yield return id;
        }
    }

    /// <summary>Null for what is not there, has expired, or was put in its place: a link is listed no more than it is read.</summary>
    private EnvironmentInfo? InfoOf(DirectoryHandle directory, Guid id)
    {
        FileStatus status;
        try
        {
            status = directory.Status(Encoding.ASCII.GetBytes(NameOf(id)));
        }
        catch (SystemCallException e) when (e.Errno == Errno.NoEntry)
        {
            return null;
        }

        var saved = DateTimeOffset.FromUnixTimeSeconds(status.ModifiedSeconds);
        return status.Kind != FileKind.Regular || IsExpired(saved.UtcDateTime)
            ? null
            : new EnvironmentInfo { Environment = id, Size = status.Size, Saved = saved, Expire = saved + _options.Expiry };
    }
}
