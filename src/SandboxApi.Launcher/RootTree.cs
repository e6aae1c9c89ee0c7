using SandboxApi.Launcher.Interop;
using static SandboxApi.Launcher.Interop.Constants;

namespace SandboxApi.Launcher;

/// <summary>Makes copies of the host's directories, links and files in the root: one file in memory brings all of them, as they would not fit into a message.</summary>
/// <remarks>A copy costs a sandbox nothing. Each mount would be made and ended again for every one.</remarks>
internal static unsafe class RootTree
{
    /// <summary>The file in memory.</summary>
    internal static int Descriptor;

    /// <summary>Makes all of it below the working directory and lets go of the file; false when a step failed, errno says why.</summary>
    internal static bool Make(uint length)
    {
        var size = Libc.Call(SysSeek, Descriptor, 0, 2 /* SEEK_END */);
        if (size != (nint)length)
        {
            Libc.SetErrno(EInval);
            return false;
        }

        var tree = (byte*)Libc.mmap(null, length, 1 /* read */, 2 /* private */, Descriptor, 0);
        if ((nint)tree == -1)
            return false;
        var isMade = MakeEntries(tree, tree + length) && SetTimesOfDirectories(tree, tree + length);
        var errno = Libc.Errno;
        Libc.Call(SysUnmap, (nint)tree, (nint)length);
        Libc.close(Descriptor);
        Libc.SetErrno(errno);
        return isMade;
    }

    private static bool MakeEntries(byte* at, byte* end)
    {
        while (at < end)
        {
            var entry = new Entry(at);
            if (!entry.IsWithin(end))
            {
                Libc.SetErrno(EInval);
                return false;
            }

            at = entry.End;
            var made = entry.Head->Kind switch
            {
                // The plan may have made it for something of its own.
                PlanEntry.Directory => Libc.mkdirat(AtFdCwd, entry.Path, entry.Head->Mode) == 0 || Libc.Errno == EExist,
                PlanEntry.Symlink => Libc.symlinkat(entry.Content, AtFdCwd, entry.Path) == 0,
                _ => MakeFile(entry),
            };
            if (!made || (entry.Head->Kind == PlanEntry.File && !SetTime(entry)))
                return false;
        }

        return true;
    }

    private static bool MakeFile(Entry entry)
    {
        var fd = Libc.openat(AtFdCwd, entry.Path, OWrOnly | OCreat | OExcl | OCloExec, entry.Head->Mode);
        if (fd < 0)
            return false;
        nint done = 0, written = 0;
        while (done < entry.Head->Length && (written = Libc.write(fd, entry.Content + done, entry.Head->Length - (nuint)done)) > 0)
            done += written;
        Libc.close(fd);
        return done == entry.Head->Length;
    }

    /// <summary>Once nothing is put into them any more.</summary>
    private static bool SetTimesOfDirectories(byte* at, byte* end)
    {
        for (; at < end; at = new Entry(at).End)
        {
            var entry = new Entry(at);
            if (entry.Head->Kind == PlanEntry.Directory && !SetTime(entry))
                return false;
        }

        return true;
    }

    private static bool SetTime(Entry entry)
    {
        var times = stackalloc TimeSpec[2];
        times[0].Seconds = times[1].Seconds = entry.Head->Modified;
        times[0].Nanoseconds = times[1].Nanoseconds = 0;
        return Libc.Call(SysUtimensAt, AtFdCwd, (nint)entry.Path, (nint)times, AtSymlinkNoFollow) == 0;
    }

    private readonly struct Entry(byte* at)
    {
        internal TreeEntryHead* Head => (TreeEntryHead*)at;

        internal byte* Path => at + sizeof(TreeEntryHead);

        internal byte* Content => Configuration.After(Path);

        internal byte* End => Content + Head->Length;

        /// <summary>Whether it is of a known kind, and all of it lies before <paramref name="end"/>.</summary>
        internal bool IsWithin(byte* end)
        {
            if (end - at < sizeof(TreeEntryHead) || Head->Kind is not (PlanEntry.Directory or PlanEntry.Symlink or PlanEntry.File))
                return false;
            var content = Configuration.AfterWithin(Path, end);
            return content != null && Head->Length <= end - content && (Head->Kind != PlanEntry.Symlink || (Head->Length > 1 && content[Head->Length - 1] == 0));
        }
    }
}
