using System.Buffers;
using System.Text;
using SandboxApi.Launcher;
using SandboxApi.Runtime.Interop;

namespace SandboxApi.Runtime.Root;

/// <summary>What a sandbox's read-only root is made of, entry by entry, as the launcher builds it once.</summary>
internal sealed class RootPlan
{
    private const int DirectoryMode = 0x1ED; // 0755
    private const int FileMode = 0x1A4; // 0644

    /// <summary>The largest text that is copied rather than bound, and how much all such texts may be: a few score kilobytes travel in one message.</summary>
    private const int MostCopied = 16 << 10;
    private const int MostCopiedInAll = 64 << 10;

    private static readonly UTF8Encoding s_strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly ArrayBufferWriter<byte> _bytes = new();
    private readonly ArrayBufferWriter<byte> _cgroups = new();
    private readonly HashSet<string> _directories = [];
    private readonly List<string> _bound = [];
    private readonly List<string> _descriptions = [];
    private int _copied;

    /// <summary>The network that goes with it: the host's needs more of /etc than loopback.</summary>
    internal required NetworkMode Network { get; init; }

    /// <summary>Where file systems are mounted on the host, if each directory is to lie below an overlay: that shows no more than the one file system of its directory. Else none.</summary>
    internal IReadOnlyList<string> MountPoints { get; init; } = [];

    /// <summary>What is copied into the root, after all that the plan makes.</summary>
    internal required RootTree Tree { get; init; }

    /// <summary>The plan as it travels.</summary>
    internal ReadOnlySpan<byte> Bytes => _bytes.WrittenSpan;

    /// <summary>The cgroups to show, as they travel.</summary>
    internal ReadOnlySpan<byte> Cgroups => _cgroups.WrittenSpan;

    /// <summary>An entry in words, for the message when it fails.</summary>
    internal string Describe(uint index) => index < _descriptions.Count ? _descriptions[(int)index] : "?";

    /// <summary>Whether there is something at a path.</summary>
    internal bool Has(string path) => _directories.Contains(path);

    /// <summary>Whether a path lies in what is bound as a whole.</summary>
    internal bool IsBound(string path) => _bound.Any(bound => path.StartsWith(bound + '/', StringComparison.Ordinal));

    internal void AddDirectory(string path, int mode = DirectoryMode)
    {
        if (!_directories.Add(path))
            return;
        AddParents(path);
        Add(PlanEntry.Directory, mode, path, "");
    }

    internal void AddSymlink(string path, string target)
    {
        AddParents(path);
        Add(PlanEntry.Symlink, 0, path, target);
    }

    internal void AddFile(string path, string content)
    {
        AddParents(path);
        Add(PlanEntry.File, FileMode, path, content);
    }

    /// <summary>Shows a directory or file of the host, and what is mounted below it, read-only.</summary>
    internal void AddBind(string path, string source)
    {
        if (Directory.Exists(source))
        {
            AddBoundDirectory(PlanEntry.ReadOnlyBind, path, source);
            AddMountsBelow(path, source);
            return;
        }

        AddParents(path);
        Add(PlanEntry.ReadOnlyBind, FileMode, path, source);
    }

    /// <summary>The same for a directory in which the server itself goes on making and removing files.</summary>
    internal void AddLiveBind(string path, string source) => AddBoundDirectory(PlanEntry.LiveBind, path, source);

    /// <summary>Lays a file or directory of the host over one that another bind brought.</summary>
    internal void AddOver(string path, string source)
    {
        Add(PlanEntry.ReadOnlyBind, 0, path, source);
        AddMountsBelow(path, source);
    }

    /// <summary>Lays over a directory that another bind brought one that holds a copy of a file, and nothing else.</summary>
    internal void AddCopyOver(string path, string file) => Add(PlanEntry.CopyOver, 0, path, file);

    internal void AddDevice(string path, string source)
    {
        AddParents(path);
        Add(PlanEntry.DeviceBind, FileMode, path, source);
    }

    /// <summary>A place for a slot's own cgroup: the zygote mounts it there.</summary>
    /// <param name="path">Below the root.</param>
    /// <param name="controllers">Those of its hierarchy of version 1, with commas between; empty for version 2.</param>
    internal void AddCgroup(string path, string controllers)
    {
        AddDirectory(path);
        Encoding.UTF8.GetBytes(path + '\0' + controllers + '\0', _cgroups);
        if (!controllers.Contains(','))
            return;
        foreach (var controller in controllers.Split(','))
            AddSymlink(Path.Combine(Path.GetDirectoryName(path)!, controller), Path.GetFileName(path));
    }

    /// <summary>Shows what the host has at <paramref name="source"/>: a link as the link it is, nothing where nothing is.</summary>
    internal void AddLike(string path, string source)
    {
        var info = new FileInfo(source);
        if (info.LinkTarget is { } target)
            AddSymlink(path, target);
        else if (info.Exists || Directory.Exists(source))
            AddBind(path, source);
    }

    /// <summary>The same, but a small text that all may read is copied: each mount of the root is made and ended again for every sandbox.</summary>
    /// <remarks>No less current than a mount, which goes on showing the file that it was made of when another takes its name.</remarks>
    internal void AddCopyLike(string path, string source)
    {
        if (ReadSmallText(source) is { } text)
            AddFile(path, text);
        else
            AddLike(path, source);
    }

    /// <summary>Those above first; one that another hides is not there.</summary>
    private void AddMountsBelow(string path, string source)
    {
        if (MountPoints.Count == 0 || !Directory.Exists(source))
            return;
        var real = RealPath(source).TrimEnd('/');
        foreach (var point in MountPoints.Where(point => point.StartsWith(real + '/', StringComparison.Ordinal) && Path.Exists(point)).Distinct().Order(StringComparer.Ordinal))
            Add(PlanEntry.ReadOnlyBind, 0, path + point[real.Length..], point);
    }

    /// <summary>The path without links, as the table of mounts has it.</summary>
    private static string RealPath(string directory)
    {
        try
        {
            using var handle = DirectoryHandle.Open(directory);
            return new FileInfo($"/proc/self/fd/{handle.DangerousGetHandle()}").LinkTarget ?? directory;
        }
        catch (SystemCallException)
        {
            // It may be entered and not read.
            return Path.GetFullPath(directory);
        }
    }

    private string? ReadSmallText(string source)
    {
        try
        {
            var info = new FileInfo(source);
            if (!info.Exists || info.LinkTarget is not null || info.Length > Math.Min(MostCopied, MostCopiedInAll - _copied) || !info.UnixFileMode.HasFlag(UnixFileMode.OtherRead))
                return null;
            var bytes = File.ReadAllBytes(source);
            if (bytes.Length > MostCopied || bytes.Contains((byte)0))
                return null;
            var text = s_strict.GetString(bytes);
            _copied += bytes.Length;
            return text;
        }
        catch (Exception exception) when (exception is DecoderFallbackException or IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private void AddBoundDirectory(PlanEntry kind, string path, string source)
    {
        AddParents(path);
        _directories.Add(path);
        _bound.Add(path);
        Add(kind, DirectoryMode, path, source);
    }

    private void AddParents(string path)
    {
        var end = path.LastIndexOf('/');
        if (end > 0)
            AddDirectory(path[..end]);
    }

    private void Add(PlanEntry kind, int mode, string first, string second)
    {
        _bytes.Write([(byte)kind, (byte)mode, (byte)(mode >> 8)]);
        Encoding.UTF8.GetBytes(first + '\0' + second + '\0', _bytes);
        _descriptions.Add(kind is PlanEntry.ReadOnlyBind or PlanEntry.LiveBind or PlanEntry.DeviceBind or PlanEntry.CopyOver ? $"{second} at /{first}" : "/" + first);
    }
}
