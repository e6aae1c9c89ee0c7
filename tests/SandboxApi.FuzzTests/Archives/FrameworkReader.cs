using System.Formats.Tar;
using System.Security.Cryptography;
using SandboxApi.Archives.Tar;

namespace SandboxApi.FuzzTests.Archives;

/// <summary>Reads a tar with the framework's reader.</summary>
internal static class FrameworkReader
{
    /// <summary>The entries; null when it refuses the archive, or would lose a part of a name.</summary>
    public static List<ReadEntry>? Read(byte[] tar)
    {
        if (LosesPrefix(tar))
            return null;
        var entries = new List<ReadEntry>();
        try
        {
            using var reader = new TarReader(new MemoryStream(tar));
            while (reader.GetNextEntry() is { } entry)
            {
                if (entry.EntryType != TarEntryType.GlobalExtendedAttributes)
                    entries.Add(Understand(entry));
            }

            return entries;
        }
        catch (Exception exception) when (exception is IOException or InvalidDataException or FormatException or ArgumentException or NotSupportedException or OverflowException)
        {
            return null;
        }
    }

    /// <summary>It drops the prefix of an entry that has a pax header without a path; POSIX and GNU tar keep it.</summary>
    private static bool LosesPrefix(byte[] tar)
    {
        var blocks = Enumerable.Range(0, tar.Length / 512).Select(block => tar.AsMemory(block * 512, 512)).ToList();
        return blocks.Any(block => block.Span[156] == 'x') && blocks.Any(block => block.Span.Slice(257, 6).SequenceEqual("ustar\0"u8) && block.Span[345] != 0);
    }

    private static ReadEntry Understand(TarEntry entry)
    {
        var kind = entry.EntryType switch
        {
            // Directories were written so before ustar. The framework is the only reader that makes files of them.
            TarEntryType.RegularFile or TarEntryType.V7RegularFile when entry.Name.EndsWith('/') => ArchiveEntryKind.Directory,
            TarEntryType.Directory => ArchiveEntryKind.Directory,
            TarEntryType.SymbolicLink => ArchiveEntryKind.SymbolicLink,
            TarEntryType.HardLink => ArchiveEntryKind.HardLink,
            TarEntryType.RegularFile or TarEntryType.V7RegularFile or TarEntryType.ContiguousFile => ArchiveEntryKind.File,
            _ => throw new InvalidDataException($"type {entry.EntryType}"),
        };
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var length = 0L;
        if (entry.DataStream is { } data)
        {
            var buffer = new byte[4096];
            for (int count; (count = data.Read(buffer)) > 0; length += count)
                hash.AppendData(buffer, 0, count);
        }

        var target = kind == ArchiveEntryKind.HardLink ? Plain(entry.LinkName) : kind == ArchiveEntryKind.SymbolicLink ? entry.LinkName : "";
        return new(kind, Plain(entry.Name), target, ReadEntry.Describe(length, hash));
    }

    private static string Plain(string name) =>
        string.Join('/', name.Split('/').Where(segment => segment is not ("" or ".")));
}
