using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using SandboxApi.Runtime.Interop;

namespace SandboxApi.Runtime.Environments;

/// <summary>Opens files that untrusted programs left.</summary>
internal static class UntrustedFile
{
    private const int OwnerRead = 0x100;
    private const int OwnerAll = 0x1C0;

    private static readonly uint Self = Processes.EffectiveUser();

    /// <summary>Opens the regular file at <paramref name="path"/> for reading; null when it is anything else.</summary>
    /// <remarks>Looked at before it is opened, since opening a device can have effects, and again after, since only that is the file that is read.</remarks>
    /// <exception cref="SystemCallException">There is nothing, or nothing that may be reached.</exception>
    public static SafeFileHandle? TryOpen(DirectoryHandle directory, ReadOnlySpan<byte> path, out FileStatus status)
    {
        using (var pinned = directory.Pin(path))
        {
            status = DirectoryHandle.StatusOf(pinned);
            if (status.Kind != FileKind.Regular)
                return null;
            Grant(pinned, status, OwnerRead);
        }

        var file = directory.OpenFile(path);
        // The permissions as they were before Grant are what shall be kept.
        var opened = DirectoryHandle.StatusOf(file);
        status = opened with { Mode = opened.Inode == status.Inode ? status.Mode : opened.Mode };
        if (status.Kind != FileKind.Regular)
        {
            file.Dispose();
            return null;
        }

        // It may have another name, under which it comes again.
        if (opened.Mode != status.Mode)
            DirectoryHandle.SetMode(file, status.Mode);
        return file;
    }

    /// <summary>Opens up the home itself, which its owner may have locked: without that, nothing below it can be reached but by root.</summary>
    public static void GrantHome(DirectoryHandle home) => Grant(home, DirectoryHandle.StatusOf(home), OwnerAll);

    /// <summary>Gives the owner the permissions in <paramref name="mode"/> when we are that owner and need them; root does not.</summary>
    public static void Grant(SafeHandle pinned, FileStatus status, int mode)
    {
        if (Self != 0 && Self == status.Uid && (status.Mode & mode) != mode)
            DirectoryHandle.AddMode(pinned, mode);
    }
}
