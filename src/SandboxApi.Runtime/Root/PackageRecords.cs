using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using SandboxApi.Runtime.Interop;

namespace SandboxApi.Runtime.Root;

/// <summary>What the packages of a Debian-like host shipped below /etc and /var, by dpkg's own records (dpkg(1), deb-conffiles(5)).</summary>
/// <remarks>Only records that nobody but their owner can write are believed: whoever could write them could pass anything off as shipped.</remarks>
internal sealed class PackageRecords
{
    private const int MostRecords = 200_000;
    private const long LargestRecord = 64 << 20;

    /// <summary>Tools that keep a hash of what a package would have had there (ucf(1)).</summary>
    private const string KeptHashes = "var/lib/ucf/hashfile";

    /// <summary>Files that a package copies from its own part of /usr when it is first installed.</summary>
    private static readonly Dictionary<string, string> s_copied = new()
    {
        ["etc/profile"] = "usr/share/base-files/profile",
        ["etc/inputrc"] = "usr/share/readline/inputrc",
        ["etc/R/Renviron"] = "usr/share/R/Renviron",
    };

    private readonly Dictionary<string, UInt128> _digests = [];
    private readonly HashSet<(string, UInt128)> _others = [];
    private readonly HashSet<string> _paths = [];
    private readonly HashSet<string> _parents = [];
    private readonly string _root;
    private readonly uint _owner;

    private PackageRecords(string root, uint owner)
    {
        _root = root;
        _owner = owner;
    }

    /// <summary>Reads the records of the host whose root is at <paramref name="root"/>; null where it has none.</summary>
    /// <param name="root">Where the host's root lies.</param>
    /// <param name="owner">Whom files of the system belong to.</param>
    /// <param name="cache">The directory where what was read is kept for the next start; null for none.</param>
    internal static PackageRecords? Read(string root, uint owner, string? cache = null)
    {
        var place = Path.Combine(root, "var/lib/dpkg");
        if (!File.Exists(Path.Combine(place, "status")) || !File.Exists(Path.Combine(place, "info/base-files.list")))
            return null;
        var records = new PackageRecords(root, owner);

        // Asked for before anything is read: what changes meanwhile makes another key.
        var key = cache is null ? null : PackageRecordCache.KeyOf(root, owner);
        if (key is not null && PackageRecordCache.Read(cache!, key) is { } lines)
        {
            // Into one of its own: of lines that are no good none is taken.
            var kept = new PackageRecords(root, owner);
            if (kept.Take(lines))
            {
                kept.FindParents();
                return kept;
            }
        }

        using (var dpkg = DirectoryHandle.Open(place))
        {
            if (!records.IsOwn(DirectoryHandle.StatusOf(dpkg)))
                return records;
            if (records.ReadRecord(dpkg, "status"u8) is { } status)
                records.ReadConffiles(status);
            using var info = dpkg.OpenDirectory("info"u8);
            if (records.IsOwn(DirectoryHandle.StatusOf(info)))
                records.ReadLists(info);
        }

        records.ReadKeptHashes();
        records.FindParents();
        if (key is not null)
            PackageRecordCache.Write(cache!, key, records.Lines());
        return records;
    }

    private void FindParents()
    {
        foreach (var path in _paths.Concat(_digests.Keys).Concat(s_copied.Keys))
        {
            for (var end = path.LastIndexOf('/'); end > 0 && _parents.Add(path[..end]); end = path.LastIndexOf('/', end - 1))
            {
            }
        }
    }

    /// <summary>All of it as lines of text: a digest, or 0 for a path alone, and the path.</summary>
    private IEnumerable<string> Lines() =>
        _digests.Select(pair => $"{pair.Value:x32} {pair.Key}").Concat(_others.Select(other => $"{other.Item2:x32} {other.Item1}")).Concat(_paths.Select(path => "0 " + path));

    private bool Take(string[] lines)
    {
        foreach (var line in lines)
        {
            var end = line.IndexOf(' ', StringComparison.Ordinal);
            if (end == 1)
                _paths.Add(line[2..]);
            else if (end == 32 && UInt128.TryParse(line.AsSpan(0, 32), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var digest))
                Add(line[33..], digest);
            else
                return false;
        }

        return true;
    }

    /// <summary>Whether a package has something of this path.</summary>
    internal bool Lists(string path) => _paths.Contains(path) || _digests.ContainsKey(path);

    /// <summary>Whether a package has something below this path.</summary>
    internal bool ListsBelow(string path) => _parents.Contains(path);

    /// <summary>Whether a file could be as it was shipped: whether it is worth reading.</summary>
    internal bool Knows(string path) => _digests.ContainsKey(path) || s_copied.ContainsKey(path);

    /// <summary>Whether a file is, byte for byte, what a package brought.</summary>
    internal bool IsAsShipped(string path, ReadOnlySpan<byte> content)
    {
        if (s_copied.TryGetValue(path, out var original) && ReadOriginal(original) is { } bytes && content.SequenceEqual(bytes))
            return true;
        if (!_digests.TryGetValue(path, out var digest))
            return false;
        Span<byte> hash = stackalloc byte[MD5.HashSizeInBytes];
#pragma warning disable CA5351 // It is what dpkg keeps. Who could make another file of the same hash would have to be root of this host to put it there.
        MD5.HashData(content, hash);
#pragma warning restore CA5351
        var actual = System.Buffers.Binary.BinaryPrimitives.ReadUInt128BigEndian(hash);
        return actual == digest || _others.Contains((path, actual));
    }

    private bool IsOwn(FileStatus status) => status.Uid == _owner && (status.Mode & 0x12) == 0;

    private byte[]? ReadOriginal(string path)
    {
        var full = new FileInfo(Path.Combine(_root, path));
        return full.Exists && full.LinkTarget is null && full.Length < 1 << 20 ? File.ReadAllBytes(full.FullName) : null;
    }

    private byte[]? ReadRecord(DirectoryHandle directory, ReadOnlySpan<byte> name)
    {
        try
        {
            using var file = directory.OpenFile(name);
            var status = DirectoryHandle.StatusOf(file);
            if (status.Kind != FileKind.Regular || !IsOwn(status) || status.Size > LargestRecord)
                return null;
            return HostView.ReadAll(file, status.Size);
        }
        catch (SystemCallException)
        {
            return null;
        }
    }

    /// <summary>Finds in dpkg's status what each package's configuration was when it was shipped: lines of " /path md5", some with a word more.</summary>
    private void ReadConffiles(ReadOnlySpan<byte> status)
    {
        var rest = status;
        for (var start = rest.IndexOf("\nConffiles:\n"u8); start >= 0; start = rest.IndexOf("\nConffiles:\n"u8))
        {
            rest = rest[(start + "\nConffiles:\n".Length)..];
            while (!rest.IsEmpty && rest[0] == (byte)' ')
            {
                var line = TakeLine(ref rest)[1..];
                foreach (var word in (ReadOnlySpan<byte[]>)[" obsolete"u8.ToArray(), " remove-on-upgrade"u8.ToArray()])
                    line = line.EndsWith(word) ? line[..^word.Length] : line;
                var split = line.LastIndexOf((byte)' ');
                if (split > 0)
                    AddDigest(line[..split], line[(split + 1)..]);
            }
        }
    }

    private void ReadLists(DirectoryHandle info)
    {
        foreach (var name in info.ReadNames(MostRecords) ?? [])
        {
            if (!name.AsSpan().EndsWith(".list"u8) || ReadRecord(info, name) is not { } list || !ReadList(list))
                continue;
            byte[] sums = [.. name.AsSpan(0, name.Length - "list".Length), .. "md5sums"u8];
            if (ReadRecord(info, sums) is { } lines)
                ReadSums(lines);
        }
    }

    /// <summary>Reads the paths that one package has; true when some of them may be files that are no configuration.</summary>
    private bool ReadList(ReadOnlySpan<byte> list)
    {
        var hasOthers = false;
        foreach (var prefix in (ReadOnlySpan<byte[]>)["\n/etc/"u8.ToArray(), "\n/var/lib/"u8.ToArray(), "\n/var/cache/"u8.ToArray()])
        {
            var rest = list;
            for (var start = rest.IndexOf(prefix); start >= 0; start = rest.IndexOf(prefix))
            {
                rest = rest[(start + 1)..];
                var end = rest.IndexOf((byte)'\n');
                if (PathOf(end < 0 ? rest : rest[..end]) is not { } path)
                    continue;
                _paths.Add(path);
                hasOthers |= !_digests.ContainsKey(path);
            }
        }

        return hasOthers;
    }

    /// <summary>Reads lines of "md5  path".</summary>
    private void ReadSums(ReadOnlySpan<byte> lines)
    {
        while (!lines.IsEmpty)
        {
            var line = TakeLine(ref lines);
            if (line.Length > 34 && (line[34..].StartsWith("etc/"u8) || line[34..].StartsWith("var/"u8)))
                AddDigest(line[34..], line[..32]);
        }
    }

    private void ReadKeptHashes()
    {
        try
        {
            using var directory = DirectoryHandle.Open(Path.GetDirectoryName(Path.Combine(_root, KeptHashes))!);
            if (!IsOwn(DirectoryHandle.StatusOf(directory)) || ReadRecord(directory, "hashfile"u8) is not { } hashes)
                return;
            var rest = hashes.AsSpan();
            ReadOnlySpan<byte> lines = rest;
            while (!lines.IsEmpty)
            {
                var line = TakeLine(ref lines);
                if (line.Length > 34)
                    AddDigest(line[34..], line[..32]);
            }
        }
        catch (SystemCallException)
        {
            // Nothing was ever installed that keeps some.
        }
    }

    private void AddDigest(ReadOnlySpan<byte> path, ReadOnlySpan<byte> digest)
    {
        if (digest.Length != 32 || !UInt128.TryParse(digest, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var value) || PathOf(path) is not { } name)
            return;
        Add(name, value);
    }

    private void Add(string path, UInt128 digest)
    {
        if (!_digests.TryAdd(path, digest))
            _others.Add((path, digest));
    }

    /// <summary>The path below the root as text; null for one that is not taken.</summary>
    private static string? PathOf(ReadOnlySpan<byte> path)
    {
        var relative = path.TrimStart((byte)'/');
        return relative.StartsWith("etc/"u8) || relative.StartsWith("var/"u8) ? Encoding.UTF8.GetString(relative) : null;
    }

    private static ReadOnlySpan<byte> TakeLine(ref ReadOnlySpan<byte> rest)
    {
        var end = rest.IndexOf((byte)'\n');
        var line = end < 0 ? rest : rest[..end];
        rest = end < 0 ? [] : rest[(end + 1)..];
        return line;
    }
}
