using System.Runtime.InteropServices;

namespace SandboxApi.Runtime.Cgroups;

/// <summary>Removing directories of a cgroup file system, whose files go with them.</summary>
internal static partial class CgroupDirectories
{
    internal static bool TryRemove(string directory) => RemoveDirectory(directory) == 0 || !Directory.Exists(directory);

    /// <summary>Gives a process that is ending a millisecond to end.</summary>
    internal static void Pause() => _ = Poll(0, 0, 1);

    [LibraryImport("libc", EntryPoint = "rmdir", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int RemoveDirectory(string path);

    [LibraryImport("libc", EntryPoint = "poll")]
    private static partial int Poll(nint descriptors, nuint count, int milliseconds);
}
