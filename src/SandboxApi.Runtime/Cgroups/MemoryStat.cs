using System.Buffers.Text;

namespace SandboxApi.Runtime.Cgroups;

/// <summary>What is told apart of a cgroup's memory (memory.stat).</summary>
/// <param name="FilePages">
/// Bytes of pages of files, those of memory file systems not counted: a cache, which the kernel takes back as it likes. Never more than either of two counts says, as a program can
/// have memory of its own in one of them: on the lists of files (inactive_file, active_file) what it declared free (MADV_FREE), among the pages of files (cache, file) what lies in swap too.
/// </param>
/// <param name="ReclaimableKernel">Bytes of the kernel's own that come with it: nodes of the cache, inodes, names. 0 where it is not told (version 1).</param>
/// <param name="Refaults">Pages that had been thrown out and were needed again soon, since the cgroup was made (workingset_refault).</param>
/// <param name="MajorFaults">Times a process had to wait for a page of a file that it has mapped, its program among them.</param>
internal readonly record struct MemoryStat(long FilePages, long ReclaimableKernel, long Refaults, long MajorFaults)
{
    /// <summary>Room for some seventy lines of version 2.</summary>
    private const int MaxBytes = 8 << 10;

    internal static MemoryStat Read(CgroupFile file)
    {
        Span<byte> buffer = stackalloc byte[MaxBytes];
        return Parse(file.Read(buffer));
    }

    /// <summary>Takes a text of lines "key number"; what is not there is 0.</summary>
    internal static MemoryStat Parse(ReadOnlySpan<byte> text)
    {
        long listed = 0, files = 0, kernel = 0, refaults = 0, faults = 0;
        while (text.Length > 0)
        {
            var end = text.IndexOf((byte)'\n');
            var line = end < 0 ? text : text[..end];
            text = end < 0 ? default : text[(end + 1)..];
            var space = line.IndexOf((byte)' ');
            if (space < 0)
                continue;
            var key = line[..space];
            if (key.SequenceEqual("inactive_file"u8) || key.SequenceEqual("active_file"u8))
                listed += Number(line[(space + 1)..]);
            else if (key.SequenceEqual("cache"u8) || key.SequenceEqual("file"u8))
                files += Number(line[(space + 1)..]);
            else if (key.SequenceEqual("shmem"u8))
                files -= Number(line[(space + 1)..]);
            else if (key.SequenceEqual("slab_reclaimable"u8))
                kernel = Number(line[(space + 1)..]);
            else if (key.SequenceEqual("workingset_refault_file"u8) || key.SequenceEqual("workingset_refault_anon"u8) || key.SequenceEqual("workingset_refault"u8))
                refaults += Number(line[(space + 1)..]);
            else if (key.SequenceEqual("pgmajfault"u8))
                faults = Number(line[(space + 1)..]);
        }

        return new(Math.Max(0, Math.Min(listed, files)), kernel, refaults, faults);
    }

    private static long Number(ReadOnlySpan<byte> text) => Utf8Parser.TryParse(text, out long value, out _) ? value : 0;
}
