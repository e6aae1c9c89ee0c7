namespace SandboxApi.Archives.Tar;

/// <summary>Reads one tar header block.</summary>
internal static class TarHeader
{
    public const int TypeOffset = 156;

    /// <summary>Checks that the block is a tar header at all.</summary>
    /// <exception cref="SandboxException">It is none.</exception>
    public static void CheckSum(ReadOnlySpan<byte> header)
    {
        var field = header.Slice(148, 8);
        // All readers stop at the end of its digits, whatever follows it.
        var end = field.TrimStart((byte)' ').IndexOfAny((byte)' ', (byte)0);
        if (!HasSum(header, TarNumber.Octal(end > 0 ? field[..(field.Length - field.TrimStart((byte)' ').Length + end)] : field, "checksum")))
            throw InvalidArchive.NotTar("its content is no tar, or the tar is damaged");
    }

    /// <summary>Checks the fields that are numbers, of an extended header too, and whether they are used or not: some readers take a header for the end of the archive when one is no number.</summary>
    /// <exception cref="SandboxException">One is none.</exception>
    public static void CheckFields(ReadOnlySpan<byte> header)
    {
        TarNumber.OctalOrBinary(header.Slice(100, 8), "mode");
        TarNumber.OctalOrBinary(header.Slice(108, 8), "owner");
        TarNumber.OctalOrBinary(header.Slice(116, 8), "group");
        TarNumber.OctalOrBinary(header.Slice(136, 12), "modification time");
        TarNumber.OctalOrBinary(header.Slice(329, 8), "device number");
        TarNumber.OctalOrBinary(header.Slice(337, 8), "device number");
    }

    /// <summary>Whether a reader could take the block for a header.</summary>
    public static bool IsHeader(ReadOnlySpan<byte> block)
    {
        try
        {
            CheckSum(block);
            return true;
        }
        catch (SandboxException)
        {
            // A checksum that is written in a way that only some readers understand makes it a header to those.
            var digits = block.Slice(148, 8).Trim(" \0"u8);
            return !digits.IsEmpty && !digits.ContainsAnyExceptInRange((byte)'0', (byte)'7') && HasSum(block, TarNumber.Octal(digits, "checksum"));
        }
    }

    /// <summary>The size field, never negative.</summary>
    public static long Size(ReadOnlySpan<byte> header)
    {
        var field = header.Slice(124, 12);
        // Spaces alone are nought to most, and to some an entry that is skipped.
        if (!field.ContainsAnyExcept((byte)' '))
            throw InvalidArchive.NotTar("its tar has an entry of no size");
        var size = TarNumber.OctalOrBinary(field, "size");
        return size >= 0 ? size : throw InvalidArchive.NotTar("its tar has an entry of negative size");
    }

    /// <summary>The entry a header and the extension headers before it describe; a sparse file with the size of what is stored of it.</summary>
    /// <exception cref="SandboxException">It is nothing an environment may hold.</exception>
    public static ArchiveEntry Parse(ReadOnlySpan<byte> header, TarExtensions extensions, int maxPathLength)
    {
        var format = FormatOf(header);
        var rawPath = extensions.Path ?? RawPath(header, format);
        var type = (char)header[TypeOffset];
        // Some tools look for the slash in the header's own name, some in the one that counts.
        if (type == '\0' && (Text(header[..100]) is [.., (byte)'/']) != (rawPath is [.., (byte)'/']))
            throw InvalidArchive.Entry(rawPath, "is a directory to some tools and a file to others");
        var kind = Kind(type, rawPath);
        var path = ArchivePath.Normalize(rawPath, maxPathLength, out var refusal) ?? throw InvalidArchive.Entry(rawPath, refusal!);
        if (path.Length == 0 && kind != ArchiveEntryKind.Directory)
            throw InvalidArchive.Entry(rawPath, "has no name");
        if (kind != ArchiveEntryKind.Directory && rawPath is [.., (byte)'/'])
            throw InvalidArchive.Entry(rawPath, "has a directory's name but is none");
        if (extensions.Sparse is not null && kind != ArchiveEntryKind.File)
            throw InvalidArchive.Entry(path, "is sparse though it is no file");

        return new()
        {
            Kind = kind,
            Path = path,
            Target = Target(kind, path, extensions.Target ?? Text(header.Slice(157, 100)), maxPathLength),
            Mode = (int)TarNumber.OctalOrBinary(header.Slice(100, 8), "mode") & (kind == ArchiveEntryKind.Directory ? ArchiveEntry.ModeBits : 0x1FF),
            Size = SizeOf(kind, path, type, Size(header), extensions.Size),
            Modified = extensions.Modified ?? new(TarNumber.OctalOrBinary(header.Slice(136, 12), "modification time"), 0),
        };
    }

    private static bool HasSum(ReadOnlySpan<byte> header, long stated)
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
        return stated == unsigned || stated == signed;
    }

    private static long SizeOf(ArchiveEntryKind kind, byte[] path, char type, long stated, long? extended)
    {
        // Some tools state the size that stat gives for a directory. No reader takes data for one that is told by its type.
        if (kind == ArchiveEntryKind.Directory && type == '5' && extended is null or 0)
            return 0;
        var size = extended ?? stated;
        // The pax size is for what the header cannot state. Where it contradicts what the header can, each is the size to some tool.
        if (size != stated && size <= ArchiveWriter.MaxOctalSize)
            throw InvalidArchive.Entry(path, "has two sizes");
        // Tools disagree whether data follows then, so that one archive could be two.
        if (size != 0 && kind != ArchiveEntryKind.File)
            throw InvalidArchive.Entry(path, "has a size though it is no file");
        return size;
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
        // Before ustar a directory was a file whose name ends with a slash. Of ustar's own type for files it is a directory to some tools only.
        '\0' when rawPath is [.., (byte)'/'] => ArchiveEntryKind.Directory,
        '0' or '\0' or '7' => ArchiveEntryKind.File,
        '1' => ArchiveEntryKind.HardLink,
        '2' => ArchiveEntryKind.SymbolicLink,
        '5' => ArchiveEntryKind.Directory,
        '3' or '4' or '6' => ArchiveEntryKind.Special,
        'S' => throw InvalidArchive.Entry(rawPath, $"is a sparse file in GNU's old form; {InvalidArchive.SparseAdvice}"),
        'V' => throw InvalidArchive.Entry(rawPath, "is the name of a volume; only files, directories and links are taken, so pack without --label"),
        _ => throw InvalidArchive.Entry(rawPath, "is of an unknown type; only files, directories and links are taken"),
    };

    private static TarFormat FormatOf(ReadOnlySpan<byte> header)
    {
        var magic = header.Slice(257, 6);
        var format = magic.SequenceEqual("ustar\0"u8) ? TarFormat.Posix : magic.SequenceEqual("ustar "u8) ? TarFormat.Gnu : TarFormat.Old;
        // Only POSIX headers have a prefix; GNU ones keep other things there, those from before have nothing. But some readers look there whatever the format.
        if (format != TarFormat.Posix && header[345] != 0)
            throw InvalidArchive.NotTar(format == TarFormat.Gnu ? "its tar is an incremental one; make it without --listed-incremental and --incremental" : "its tar is of no known format");
        return format;
    }

    private static byte[] RawPath(ReadOnlySpan<byte> header, TarFormat format)
    {
        var name = Text(header[..100]);
        var prefix = format == TarFormat.Posix ? Text(header.Slice(345, 155)) : [];
        return prefix.Length == 0 ? name : [.. prefix, (byte)'/', .. name];
    }

    private static byte[] Text(ReadOnlySpan<byte> field)
    {
        var nul = field.IndexOf((byte)0);
        return (nul < 0 ? field : field[..nul]).ToArray();
    }

    private enum TarFormat
    {
        /// <summary>From before ustar, whatever stands where its magic would.</summary>
        Old,
        Posix,
        Gnu,
    }
}
