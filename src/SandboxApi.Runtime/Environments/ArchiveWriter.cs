using System.Buffers;
using System.Buffers.Text;
using System.IO.Compression;
using System.Text;

namespace SandboxApi.Runtime.Environments;

/// <summary>Writes a gzip-compressed tar whose names are bytes; ustar, with pax headers where ustar is too small.</summary>
internal sealed class ArchiveWriter(Stream output) : IAsyncDisposable
{
    /// <summary>The largest size that a header states in octal digits.</summary>
    public const long MaxOctalSize = 0x1_FFFF_FFFF;

    private const int BlockSize = ArchiveReader.BlockSize;

    // Whose the files are is decided where they are unpacked; another tool shall not make them root's.
    private const int Owner = 1000;

    private readonly GZipStream _gzip = new(output, CompressionLevel.Fastest, leaveOpen: true);
    private readonly byte[] _block = new byte[BlockSize];

    /// <summary>Writes an entry's header; its content must follow, exactly as long as stated.</summary>
    public async ValueTask WriteHeaderAsync(ArchiveEntry entry, CancellationToken cancellationToken)
    {
        var path = entry.Kind == ArchiveEntryKind.Directory ? [.. entry.Path, (byte)'/'] : entry.Path;
        var records = new ArrayBufferWriter<byte>();
        if (path.Length > 100)
            AddRecord(records, "path"u8, path);
        if (entry.Target.Length > 100)
            AddRecord(records, "linkpath"u8, entry.Target);
        if (entry.Size > MaxOctalSize)
            AddRecord(records, "size"u8, Encoding.ASCII.GetBytes($"{entry.Size}"));
        if (records.WrittenCount > 0)
        {
            Fill("PaxHeaders/entry"u8, [], 0x1A4, records.WrittenCount, entry.ModifiedSeconds, 'x');
            await _gzip.WriteAsync(_block, cancellationToken).ConfigureAwait(false);
            await _gzip.WriteAsync(records.WrittenMemory, cancellationToken).ConfigureAwait(false);
            await PadAsync(records.WrittenCount, cancellationToken).ConfigureAwait(false);
        }

        var type = entry.Kind switch
        {
            ArchiveEntryKind.Directory => '5',
            ArchiveEntryKind.SymbolicLink => '2',
            ArchiveEntryKind.HardLink => '1',
            _ => '0',
        };
        Fill(path, entry.Target, entry.Mode, entry.Size > MaxOctalSize ? 0 : entry.Size, entry.ModifiedSeconds, type);
        await _gzip.WriteAsync(_block, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Writes a piece of the current entry's content.</summary>
    public ValueTask WriteContentAsync(ReadOnlyMemory<byte> content, CancellationToken cancellationToken) => _gzip.WriteAsync(content, cancellationToken);

    /// <summary>Ends the current entry's content of the given size.</summary>
    public async ValueTask PadAsync(long size, CancellationToken cancellationToken)
    {
        var padding = (int)(-size & (BlockSize - 1));
        if (padding == 0)
            return;
        _block.AsSpan().Clear();
        await _gzip.WriteAsync(_block.AsMemory(0, padding), cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Writes the end mark and all that is still to be written.</summary>
    public async ValueTask CompleteAsync(CancellationToken cancellationToken)
    {
        _block.AsSpan().Clear();
        await _gzip.WriteAsync(_block, cancellationToken).ConfigureAwait(false);
        await _gzip.WriteAsync(_block, cancellationToken).ConfigureAwait(false);
        await _gzip.DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>Ends the compressed data; without <see cref="CompleteAsync"/> the archive is not whole.</summary>
    public ValueTask DisposeAsync() => _gzip.DisposeAsync();

    private void Fill(ReadOnlySpan<byte> path, ReadOnlySpan<byte> target, int mode, long size, long modified, char type)
    {
        var block = _block.AsSpan();
        block.Clear();
        path[..Math.Min(path.Length, 100)].CopyTo(block);
        Octal(block.Slice(100, 8), mode & 0x1FF);
        Octal(block.Slice(108, 8), Owner);
        Octal(block.Slice(116, 8), Owner);
        Octal(block.Slice(124, 12), size);
        Octal(block.Slice(136, 12), Math.Clamp(modified, 0, MaxOctalSize));
        block.Slice(148, 8).Fill((byte)' ');
        block[TarHeader.TypeOffset] = (byte)type;
        target[..Math.Min(target.Length, 100)].CopyTo(block[157..]);
        "ustar\000"u8.CopyTo(block[257..]);
        "student"u8.CopyTo(block[265..]);
        "student"u8.CopyTo(block[297..]);
        var sum = 0;
        foreach (var b in block)
            sum += b;
        Octal(block.Slice(148, 7), sum);
    }

    // Octal digits filling the field up to a closing NUL.
    private static void Octal(Span<byte> field, long value)
    {
        for (var i = field.Length - 2; i >= 0; i--, value >>= 3)
            field[i] = (byte)('0' + (value & 7));
        field[^1] = 0;
    }

    // "length key=value\n" where the length counts its own digits.
    private static void AddRecord(ArrayBufferWriter<byte> records, ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        var rest = key.Length + value.Length + 3;
        var length = rest + 1;
        while (length != rest + Digits(length))
            length++;
        Span<byte> digits = stackalloc byte[12];
        Utf8Formatter.TryFormat(length, digits, out var count);
        records.Write(digits[..count]);
        records.Write(" "u8);
        records.Write(key);
        records.Write("="u8);
        records.Write(value);
        records.Write("\n"u8);
    }

    private static int Digits(int number) => number < 10 ? 1 : 1 + Digits(number / 10);
}
