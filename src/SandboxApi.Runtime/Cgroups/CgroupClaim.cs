using System.Globalization;
using Microsoft.Win32.SafeHandles;
using SandboxApi.Runtime.Interop;

namespace SandboxApi.Runtime.Cgroups;

/// <summary>A cgroup that belongs to this instance: its directory is locked as long as the instance lives, however it ends.</summary>
/// <remarks>
/// The lock is on the directory itself, because the hierarchy is all that instances surely share: with a /run of its own, in a container say, one does not
/// see the other's files. Nor is a name a proof: a unit of systemd may be called sandbox-api-staging.service. So a directory made here is marked by its sticky bit, which means nothing in
/// a cgroup file system, and only what carries it, and belongs to this user, is ever emptied.
/// </remarks>
internal sealed class CgroupClaim : IDisposable
{
    internal const string Prefix = "sandbox-api-";

    private const int Attempts = 100;

    /// <summary>The sticky bit.</summary>
    private const int Mark = 0x200;

    private readonly SafeFileHandle _lock;

    private CgroupClaim(string directory, SafeFileHandle handle)
    {
        Directory = directory;
        _lock = handle;
    }

    internal string Directory { get; }

    /// <summary>Removes what dead instances left in a cgroup, and makes a directory of this instance's own.</summary>
    /// <param name="parent">The cgroup.</param>
    /// <param name="instance">The instance's name; where a living one that it cannot see has the same, a number is added.</param>
    internal static CgroupClaim Take(string parent, string instance)
    {
        foreach (var left in System.IO.Directory.GetDirectories(parent, Prefix + "*"))
            RemoveIfDead(left);

        for (var attempt = 0; attempt < Attempts; attempt++)
        {
            var suffix = attempt == 0 ? "" : "-" + attempt.ToString(CultureInfo.InvariantCulture);
            var directory = System.IO.Directory.CreateDirectory(Path.Combine(parent, Prefix + instance + suffix)).FullName;
            if (TryLock(directory) is not { } handle)
                continue;

            // Between making and locking it looked like nobody's, and an instance that starts at this moment may have removed it. Or it was there before, and is somebody else's.
            if (System.IO.Directory.Exists(directory) && TryMark(directory, handle))
                return new CgroupClaim(directory, handle);
            handle.Dispose();
        }

        throw new IOException($"{Attempts} cgroups named {Prefix}{instance}* in {parent} belong to living programs");
    }

    public void Dispose()
    {
        CgroupTree.Remove(Directory);
        _lock.Dispose();
    }

    private static void RemoveIfDead(string directory)
    {
        using var handle = TryLock(directory);
        if (handle is not null && IsMarked(handle))
            CgroupTree.Remove(directory);
    }

    private static bool IsMarked(SafeFileHandle directory)
    {
        var status = DirectoryHandle.StatusOf(directory);
        return status.Uid == Processes.EffectiveUser() && (status.Mode & Mark) != 0;
    }

    /// <summary>Marks a directory as made here; false when somebody else has something in it.</summary>
    private static bool TryMark(string directory, SafeFileHandle handle)
    {
        if (IsMarked(handle))
            return true;
        var processes = Path.Combine(directory, "cgroup.procs");
        if (System.IO.Directory.EnumerateDirectories(directory).Any() || (File.Exists(processes) && CgroupFile.ReadLines(processes).Count > 0))
            return false;
        DirectoryHandle.SetMode(handle, DirectoryHandle.StatusOf(handle).Mode | Mark);
        return true;
    }

    private static SafeFileHandle? TryLock(string directory)
    {
        try
        {
            return FileLock.TryTakeDirectory(directory);
        }
        catch (SystemCallException exception) when (exception.Errno is Errno.NoEntry or Errno.Access)
        {
            // Removed at this moment, or another user's.
            return null;
        }
    }
}
