using System.Buffers.Binary;

namespace SandboxApi.Runtime.Environments;

/// <summary>Reads one tar header block.</summary>
internal static class TarHeader
{
    public const int TypeOffset = 156;

    /// <summary>Checks that the block is a tar header at all.</summary>
    public static void CheckSum(ReadOnlySpan<byte> header)
    {
        const int offset = 148, length = 8;
        var unsigned = length * ' ';
        var signed = unsigned;
        for (var i = 0; i < header.Length; i++)
        {
            if (i is >= offset and < offset + length)
                continue;
            unsigned += header[i];
            signed += (sbyte)header[i];
        }

        // Very old tools summed signed bytes.
        var stated = Number(header.Slice(offset, length), "checksum");
        if (stated != unsigned && stated != signed)
            throw InvalidArchive.NotTar("its content is no tar, or the tar is damaged");
    }

    /// <summary>The size field, never negative.</summary>
    public static long Size(ReadOnlySpan<byte> header)
    {
        var size = Number(header.Slice(124, 12), "size");
        return size >= 0 ? size : throw InvalidArchive.NotTar("its tar has an entry of negative size");
    }

    /// <summary>The entry a header and the extension headers before it describe.</summary>
    /// <exception cref="SandboxException">It is nothing an environment may hold.</exception>
    public static ArchiveEntry Parse(ReadOnlySpan<byte> header, TarExtensions extensions, int maxPathLength)
    {
        var headerPath = RawPath(header);
        var rawPath = extensions.Path ?? headerPath;
        var kind = Kind((char)header[TypeOffset], rawPath);
        var path = ArchivePath.Normalize(rawPath, maxPathLength, out var refusal) ?? throw InvalidArchive.Entry(rawPath, refusal!);
        if (path.Length == 0 && kind != ArchiveEntryKind.Directory)
            throw InvalidArchive.Entry(rawPath, "has no name");
        if (kind != ArchiveEntryKind.Directory && rawPath[^1] == '/')
            throw InvalidArchive.Entry(rawPath, "has a directory's name but is none");

        var stated = Size(header);
        var size = extensions.Size ?? stated;
        // The pax size is for what the header cannot state. Where it contradicts what the header can, each is the size to some tool.
        if (size != stated && size <= ArchiveWriter.MaxOctalSize)
            throw InvalidArchive.Entry(path, "has two sizes");
        // Tools disagree whether data follows then, so that one archive could be two.
        if (size != 0 && kind != ArchiveEntryKind.File)
            throw InvalidArchive.Entry(path, "has a size though it is no file");

        return new()
        {
            Kind = kind,
            Path = path,
            Target = Target(kind, path, extensions.Target ?? Text(header.Slice(157, 100)), maxPathLength),
            Mode = (int)(Number(header.Slice(100, 8), "mode") & 0x1FF),
            Size = size,
            ModifiedSeconds = extensions.ModifiedSeconds ?? Number(header.Slice(136, 12), "modification time"),
        };
    }

    private static byte[] Target(ArchiveEntryKind kind, byte[] path, byte[] raw, int maxPathLength)
    {
        switch (kind)
        {
            case ArchiveEntryKind.SymbolicLink:
                if (raw.Length == 0 || raw.Length > ArchivePath.KernelLimit || raw.Contains((byte)0))
                    throw InvalidArchive.Entry(path, $"is a symbolic link without a usable target (1 to {ArchivePath.KernelLimit} bytes, no NUL)");
                return raw;
            case ArchiveEntryKind.HardLink:
                return ArchivePath.Normalize(raw, maxPathLength, out _) is { Length: > 0 } target
                    ? target
                    : throw InvalidArchive.Entry(path, $"is a hard link to '{ArchivePath.Display(raw)}', which is no path in the archive");
            default:
                return [];
        }
    }

    private static ArchiveEntryKind Kind(char type, byte[] rawPath) => type switch
    {
        // Before ustar a directory was a file whose name ends with a slash.
        '0' or '\0' when rawPath is [.., (byte)'/'] => ArchiveEntryKind.Directory,
        '0' or '\0' or '7' => ArchiveEntryKind.File,
        '1' => ArchiveEntryKind.HardLink,
        '2' => ArchiveEntryKind.SymbolicLink,
        '5' => ArchiveEntryKind.Directory,
        '3' or '4' => throw InvalidArchive.Entry(rawPath, "is a device; only files, directories and links are taken"),
        '6' => throw InvalidArchive.Entry(rawPath, "is a FIFO; only files, directories and links are taken"),
        'S' => throw InvalidArchive.Entry(rawPath, "is a sparse file in GNU's own form; pack without --sparse"),
        _ => throw InvalidArchive.Entry(rawPath, "is of an unknown type; only files, directories and links are taken"),
    };

    private static byte[] RawPath(ReadOnlySpan<byte> header)
    {
        var name = Text(header[..100]);
        // Only POSIX headers have a prefix; GNU ones keep other things there, those from before have nothing.
        var magic = header.Slice(257, 6);
        var isPosix = magic.SequenceEqual("ustar\0"u8);
        if (!isPosix && !magic.SequenceEqual("ustar "u8) && magic.ContainsAnyExcept((byte)0))
            throw InvalidArchive.NotTar("its tar is of no known format");
        var prefix = isPosix ? Text(header.Slice(345, 155)) : [];
        return prefix.Length == 0 ? name : [.. prefix, (byte)'/', .. name];
    }

    private static byte[] Text(ReadOnlySpan<byte> field)
    {
        var nul = field.IndexOf((byte)0);
        return (nul < 0 ? field : field[..nul]).ToArray();
    }

    // Octal digits between spaces or NULs, or a big-endian two's complement number with the first bit set.
    private static long Number(ReadOnlySpan<byte> field, string what)
    {
        if ((field[0] & 0x80) != 0)
            return Binary(field, what);
        var digits = field.Trim(" \0"u8);
        var value = 0L;
        foreach (var digit in digits)
        {
            if (digit is < (byte)'0' or > (byte)'7')
                throw InvalidArchive.NotTar($"its content is no tar, or the tar is damaged (its {what} is no number)");
            value = (value << 3) | (uint)(digit - '0');
        }

        return value;
    }

    private static long Binary(ReadOnlySpan<byte> field, string what)
    {
        var isNegative = field[0] == 0xFF;
        var last = field[^8..];
        var isWide = field[0] is not (0x80 or 0xFF) || field.Length > 8
            && (field[1..^8].ContainsAnyExcept(isNegative ? (byte)0xFF : (byte)0) || (last[0] & 0x80) != 0 != isNegative);
        if (isWide)
            throw InvalidArchive.NotTar($"its tar has a {what} out of range");
        var value = BinaryPrimitives.ReadInt64BigEndian(last);
        return field.Length > 8 || isNegative ? value : value & long.MaxValue;
    }
}
