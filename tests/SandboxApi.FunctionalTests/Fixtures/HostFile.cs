using System.Runtime.InteropServices;
using System.Text;

namespace SandboxApi.FunctionalTests.Fixtures;

/// <summary>What the kernel says of a file of the host and .NET does not: whose it is, and which (statx(2)).</summary>
/// <param name="Uid">The owner.</param>
/// <param name="Gid">The group.</param>
/// <param name="Type">The letter of <c>ls -l</c> for a plain file (<c>-</c>) and a link (<c>l</c>); a blank for all others.</param>
/// <param name="Identity">Device and inode, as <c>/proc/locks</c> writes them.</param>
/// <param name="Changed">When it was last changed in any way, in seconds since 1970.</param>
internal sealed record HostFile(uint Uid, uint Gid, char Type, string Identity, long Changed)
{
    private const int Here = -100;
    private const int NoFollow = 0x100;
    private const uint BasicStatus = 0x7FF;

    /// <summary>Looks at a file itself, not at what it links to; null when it is not there, or not any more.</summary>
    public static HostFile? At(string path)
    {
        var status = new byte[256];
        if (Look(Here, Encoding.UTF8.GetBytes(path + "\0"), NoFollow, BasicStatus, status) != 0)
            return null;
        return new HostFile(
            BitConverter.ToUInt32(status, 20),
            BitConverter.ToUInt32(status, 24),
            (BitConverter.ToUInt16(status, 28) & 0xF000) switch { 0x8000 => '-', 0xA000 => 'l', _ => ' ' },
            $"{BitConverter.ToUInt32(status, 136):x2}:{BitConverter.ToUInt32(status, 140):x2}:{BitConverter.ToUInt64(status, 32)}",
            BitConverter.ToInt64(status, 96));
    }

    [DllImport("libc", EntryPoint = "statx")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Look(int directory, byte[] path, int flags, uint mask, [Out] byte[] status);
}
