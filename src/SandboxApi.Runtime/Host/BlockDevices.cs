namespace SandboxApi.Runtime.Host;

/// <summary>A mounted block device.</summary>
/// <param name="Name">As it was mounted: <c>/dev/sda1</c>, <c>/dev/mapper/data</c>.</param>
/// <param name="Number">Major and minor number, <c>8:1</c>.</param>
/// <param name="MountPoint">A place where asking for its size touches nothing else.</param>
internal sealed record BlockDevice(string Name, string Number, string MountPoint);

/// <summary>Size of a file system.</summary>
/// <param name="Size">Bytes in all.</param>
/// <param name="Used">Bytes in use.</param>
internal readonly record struct StorageSpace(long Size, long Used);

/// <summary>The real disks among the mounts, each once.</summary>
internal static class BlockDevices
{
    // A path that leads through one of these can hang for as long as a server is away, so such paths are not looked at.
    private static readonly string[] Remote = ["nfs", "cifs", "smb", "fuse", "autofs", "9p", "ceph", "afs", "lustre", "gfs2", "ocfs2", "virtiofs", "coda", "ncpfs", "orangefs"];

    public static IReadOnlyList<BlockDevice> Read(string root, IReadOnlyDictionary<string, DiskCounters> disks)
    {
        var virtualTypes = VirtualFileSystems(root);
        var mounts = MountEntry.ReadAll(root);
        var devices = new Dictionary<string, BlockDevice>(StringComparer.Ordinal);
        for (var i = 0; i < mounts.Count; i++)
        {
            var mount = mounts[i];
            if (!mount.Source.StartsWith("/dev/", StringComparison.Ordinal) || virtualTypes.Contains(mount.FileSystem) || IsRemote(mount) || !IsReachable(mounts, i))
            {
                continue;
            }

            // "/dev/root" is what an initramfs-less kernel calls its root disk; there is no such file.
            var name = mount.Source == "/dev/root" && disks.TryGetValue(mount.Device, out var disk) ? "/dev/" + disk.Name : mount.Source;
            devices.TryAdd(name, new BlockDevice(name, mount.Device, mount.MountPoint));
        }

        return [.. devices.Values];
    }

    /// <summary>Size and use of the file system mounted there; null when it does not say.</summary>
    public static StorageSpace? Measure(string mountPoint)
    {
        try
        {
            var drive = new DriveInfo(mountPoint);
            var size = drive.TotalSize;
            return new StorageSpace(size, Math.Max(0, size - drive.TotalFreeSpace));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>File systems without a block device behind them, as the kernel lists them.</summary>
    private static HashSet<string> VirtualFileSystems(string root) =>
        [.. (HostPath.ReadOrNull(root, "/proc/filesystems") ?? "").Split('\n')
            .Where(l => l.StartsWith("nodev", StringComparison.Ordinal))
            .Select(l => l["nodev".Length..].Trim())];

    private static bool IsRemote(MountEntry mount) =>
        mount.FileSystem != "fuseblk" && Remote.Any(r => mount.FileSystem.StartsWith(r, StringComparison.Ordinal));

    private static bool IsReachable(IReadOnlyList<MountEntry> mounts, int index)
    {
        var point = mounts[index].MountPoint;
        for (var i = 0; i < mounts.Count; i++)
        {
            var covered = i > index && mounts[i].MountPoint == point;
            var behindRemote = IsRemote(mounts[i]) && point.StartsWith(mounts[i].MountPoint.TrimEnd('/') + "/", StringComparison.Ordinal);
            if (covered || behindRemote)
            {
                return false;
            }
        }

        return true;
    }
}
