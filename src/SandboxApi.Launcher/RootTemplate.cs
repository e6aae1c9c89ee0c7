using SandboxApi.Launcher.Interop;
using static SandboxApi.Launcher.Interop.Constants;

namespace SandboxApi.Launcher;

/// <summary>Builds, once, the root of all sandboxes: a small read-only tmpfs with the plan's mounts. The host's root is let go of.</summary>
/// <remarks>It becomes the launcher's own root, so that whatever is cloned is in it at once; it finds nothing more there than a sandbox does.</remarks>
internal static unsafe class RootTemplate
{
    private const int MaxBinds = 512;

    private static uint s_entry;
    private static Step s_step;

    internal static Step FailedStep => s_step;

    internal static uint FailedEntry => s_entry;

    /// <summary>False when a step failed; errno, <see cref="FailedStep"/> and <see cref="FailedEntry"/> say which and why.</summary>
    internal static bool Build(Configuration configuration)
    {
        s_step = Step.PrivateMounts;
        if (Libc.mount(null, Libc.Text("/"u8), null, MsRec | MsPrivate, null) < 0)
            return false;

        // Sources may lie anywhere, also where the template's tmpfs goes: take hold of all of them first.
        var trees = stackalloc int[MaxBinds];
        var toOverlay = stackalloc bool[MaxBinds];
        s_step = Step.OpenSource;
        if (!OpenSources(configuration, trees, toOverlay))
            return false;

        s_step = Step.RootTmpfs;
        if (Libc.mount(Libc.Text("sandbox"u8), Libc.Text("/tmp"u8), Libc.Text("tmpfs"u8), MsNoSuid, Libc.Text("mode=0755,size=64m"u8)) < 0
            || Libc.chdir(Libc.Text("/tmp"u8)) < 0
            || Libc.mkdirat(AtFdCwd, Libc.Text("proc"u8), 0x1ED) < 0)
            return false;
        s_step = Step.RootOverlay;
        if (!LayOverlays(configuration, trees, toOverlay))
            return false;
        s_step = Step.RootProc;
        if (!HostProc.TakeHold() || !MountEmptyProc())
            return false;

        // The host's root is let go of first: no name or link of the plan can then mean anything in it.
        s_step = Step.RootPivot;
        if (!Pivot())
            return false;

        s_step = Step.RootEntry;
        if (!MakeEntries(configuration, trees) || !MakeTree(configuration) || !MakeEmpty(EmptyFile, 0x124))
            return false;
        HasVarTmp = IsDirectory(Libc.Text("var/tmp"u8));
        return SealRoot();
    }

    /// <summary>Whether a given root has a <c>/var/tmp</c> of its own, over which each sandbox has to lay a writable one. The host view has a link to <c>/tmp</c>.</summary>
    internal static bool HasVarTmp { get; private set; }

    /// <summary>What hides files: it lies where a sandbox's storage comes to lie.</summary>
    internal static byte* EmptyFile => Libc.Text("/tmp/empty"u8);

    /// <summary>An empty directory, which hides others.</summary>
    internal static byte* EmptyDirectory => Libc.Text("/run"u8);

    /// <summary>Makes the working directory the root and lets go of the old one, without a place to put it in between.</summary>
    private static bool Pivot()
    {
        var here = Libc.Text("."u8);
        return Libc.Call(SysPivotRoot, (nint)here, (nint)here) == 0
            && Libc.umount2(here, MntDetach) == 0
            && Libc.chdir(Libc.Text("/"u8)) == 0;
    }

    /// <summary>
    /// Mounts the <c>/proc</c> of a pid namespace in which nobody lives any more. A user namespace may mount a new one only where one is wholly visible
    /// (user_namespaces(7)), and what lies below a sandbox's own should tell nothing about the host's processes.
    /// </summary>
    private static bool MountEmptyProc()
    {
        int status;
        var child = (int)Libc.Call(SysClone, CloneNewPid | SigChld);
        if (child == 0)
        {
            var proc = Libc.Text("proc"u8);
            Libc._exit(Libc.mount(proc, proc, proc, MsNoSuid | MsNoDev | MsNoExec, null) == 0 ? 0 : Libc.Errno);
        }

        if (child < 0)
        {
            s_step = Step.Clone;
            return false;
        }

        while (Libc.wait4(child, &status, 0, null) < 0)
        {
            if (Libc.Errno != EIntr)
                return false;
        }

        // Its exit code is the error.
        Libc.SetErrno(status >> 8);
        return status == 0;
    }

    private static bool SealRoot()
    {
        var attributes = new MountAttributes { Set = MountAttrRdOnly };
        return Libc.Call(SysMountSetAttr, AtFdCwd, (nint)Libc.Text("/"u8), 0, (nint)(&attributes), sizeof(MountAttributes)) == 0;
    }

    private static bool OpenSources(Configuration configuration, int* trees, bool* toOverlay)
    {
        var binds = 0;
        s_entry = 0;
        for (var at = configuration.Plan; at < configuration.PlanEnd; s_entry++)
        {
            var entry = new Entry(at);
            at = entry.End;
            if (!entry.HasSource)
                continue;
            if (binds == MaxBinds)
                return false;
            toOverlay[binds] = false;
            if (entry.Kind == PlanEntry.CopyOver)
            {
                trees[binds] = Libc.openat(AtFdCwd, entry.Second, OCloExec, 0);
                if (trees[binds++] < 0)
                    return false;
                continue;
            }

            if (configuration.Message->SeparateRoot != 0 && entry.Kind == PlanEntry.ReadOnlyBind)
            {
                trees[binds] = Overlays.Find(entry.Second);
                toOverlay[binds] = trees[binds] >= 0;
                if (toOverlay[binds])
                {
                    binds++;
                    continue;
                }

                if (Libc.Errno != ENotDir)
                    return false;
            }

            var tree = (int)Libc.Call(SysOpenTree, AtFdCwd, (nint)entry.Second, OpenTreeClone | OpenTreeCloExec | AtRecursive);
            if (tree < 0)
                return false;
            trees[binds++] = tree;
            var attributes = new MountAttributes
            {
                Set = MountAttrRdOnly | MountAttrNoSuid | (entry.Kind == PlanEntry.DeviceBind ? MountAttrNoExec : MountAttrNoDev),
            };
            if (Libc.Call(SysMountSetAttr, tree, (nint)Libc.Text(""u8), AtEmptyPath | AtRecursive, (nint)(&attributes), sizeof(MountAttributes)) < 0)
                return false;
        }

        return true;
    }

    /// <summary>Once there is a directory that is empty, and while those below can be reached by their names.</summary>
    private static bool LayOverlays(Configuration configuration, int* trees, bool* toOverlay)
    {
        var binds = 0;
        s_entry = 0;
        for (var at = configuration.Plan; at < configuration.PlanEnd; s_entry++)
        {
            var entry = new Entry(at);
            at = entry.End;
            if (!entry.HasSource)
                continue;
            if (toOverlay[binds] && !Overlays.Replace(ref trees[binds]))
                return false;
            binds++;
        }

        return Libc.chdir(Libc.Text("/tmp"u8)) == 0;
    }

    private static bool MakeEntries(Configuration configuration, int* trees)
    {
        var binds = 0;
        s_entry = 0;
        for (var at = configuration.Plan; at < configuration.PlanEnd; s_entry++)
        {
            var entry = new Entry(at);
            at = entry.End;
            var made = entry.Kind switch
            {
                PlanEntry.Directory => Libc.mkdirat(AtFdCwd, entry.First, entry.Mode) == 0,
                PlanEntry.Symlink => Libc.symlinkat(entry.Second, AtFdCwd, entry.First) == 0,
                PlanEntry.File => MakeFile(entry),
                PlanEntry.CopyOver => CopyOver(entry, trees[binds++]),
                PlanEntry.DeviceBind => MakeDevice(entry, trees[binds++]),
                _ => Attach(entry, trees[binds++]),
            };
            if (!made)
                return false;
        }

        return true;
    }

    private static bool MakeTree(Configuration configuration)
    {
        s_step = Step.RootTree;
        return configuration.Message->TreeBytes == 0 || RootTree.Make(configuration.Message->TreeBytes);
    }

    /// <summary>Not by a link.</summary>
    private static bool IsDirectory(byte* path)
    {
        var directory = Libc.openat(AtFdCwd, path, OPath | ODirectory | ONoFollow | OCloExec, 0);
        return directory >= 0 && Libc.close(directory) == 0;
    }

    /// <summary>
    /// Makes a device of the same numbers, or shows the host's where that is not allowed (as an ordinary user, or by a container's rules): a mount less, which each sandbox would copy and end again.
    /// </summary>
    private static bool MakeDevice(Entry entry, int tree)
    {
        ExtendedStatus status;
        if (Libc.Call(SysStatx, tree, (nint)Libc.Text(""u8), AtEmptyPath, StatxBasic, (nint)(&status)) == 0
            && (status.Mode & 0xF000) == CharacterDevice && status.Major < 1 << 12 && status.Minor < 1 << 8
            && Libc.Call(SysMakeNode, AtFdCwd, (nint)entry.First, CharacterDevice | 0x1B6, (nint)((status.Major << 8) | status.Minor)) == 0)
            return Libc.close(tree) == 0;
        return Attach(entry, tree);
    }

    private static bool MakeFile(Entry entry)
    {
        var fd = Libc.openat(AtFdCwd, entry.First, OWrOnly | OCreat | OExcl | OCloExec, entry.Mode);
        if (fd < 0)
            return false;
        var length = Configuration.After(entry.Second) - 1 - entry.Second;
        var written = Libc.write(fd, entry.Second, (nuint)length);
        Libc.close(fd);
        return written == length;
    }

    /// <summary>Lays a small tmpfs over a directory, with a copy of one file in it under the same name.</summary>
    private static bool CopyOver(Entry entry, int source)
    {
        var mount = SmallFiles.Make(Libc.Text("16m"u8), null, Libc.Text("0755"u8));
        if (mount < 0)
        {
            s_step = Step.Storage;
            return false;
        }

        var name = entry.Second;
        for (var at = entry.Second; *at != 0; at++)
            name = *at == (byte)'/' ? at + 1 : name;
        var copy = Libc.openat(mount, name, OWrOnly | OCreat | OExcl | OCloExec, 0x1A4);
        if (copy < 0)
            return false;
        nint copied;
        while ((copied = Libc.Call(SysSendFile, copy, source, 0, 1 << 20)) > 0)
        {
        }

        Libc.close(copy);
        Libc.close(source);
        var attributes = new MountAttributes { Set = MountAttrRdOnly };
        return copied == 0
            && Libc.Call(SysMountSetAttr, mount, (nint)Libc.Text(""u8), AtEmptyPath, (nint)(&attributes), sizeof(MountAttributes)) == 0
            && Attach(entry, mount);
    }

    private static bool MakeEmpty(byte* path, uint mode)
    {
        var fd = Libc.openat(AtFdCwd, path, OWrOnly | OCreat | OExcl | OCloExec, mode);
        return fd >= 0 && Libc.close(fd) == 0;
    }

    /// <summary>A mount needs a place of its own kind: a directory, or an empty file. A mode of 0 says that the place is there.</summary>
    private static bool Attach(Entry entry, int tree)
    {
        if (entry.Mode == 0x1ED && Libc.mkdirat(AtFdCwd, entry.First, entry.Mode) < 0)
            return false;
        if (entry.Mode == 0x1A4 && !MakeEmpty(entry.First, entry.Mode))
            return false;

        var moved = Libc.Call(SysMoveMount, tree, (nint)Libc.Text(""u8), AtFdCwd, (nint)entry.First, MoveMountFromEmptyPath);
        Libc.close(tree);
        return moved == 0;
    }

    /// <summary>One entry of the plan: kind, mode in two bytes, the path below the root, and a target, source or content.</summary>
    private readonly struct Entry(byte* at)
    {
        internal PlanEntry Kind => (PlanEntry)at[0];

        internal uint Mode => (uint)(at[1] | (at[2] << 8));

        internal byte* First => at + Configuration.PlanEntryHead;

        internal byte* Second => Configuration.After(First);

        internal byte* End => Configuration.After(Second);

        internal bool HasSource => Kind is PlanEntry.ReadOnlyBind or PlanEntry.LiveBind or PlanEntry.DeviceBind or PlanEntry.CopyOver;
    }
}
