using System.Buffers;
using System.Formats.Tar;
using System.IO.Compression;

namespace SandboxApi.Client.Archives;

/// <summary>Reads an environment member by member; what cannot be read is an error of the archive, not of the program.</summary>
internal sealed class ArchiveReader : IDisposable
{
    private const int BufferSize = 81_920;

    private readonly ExtractionLimits _limits;
    private readonly MeteredStream _decompressed;
    private readonly TarReader _tar;
    private TarEntry? _entry;
    private int _count;

    internal ArchiveReader(Stream archive, ExtractionLimits limits)
    {
        ArgumentNullException.ThrowIfNull(archive);
        _limits = limits;
        _decompressed = new MeteredStream(new GZipStream(archive, CompressionMode.Decompress, leaveOpen: true), limits.MaxBytes);
        _tar = new TarReader(_decompressed);
    }

    public void Dispose() => _tar.Dispose();

    /// <summary>The next member; null after the last.</summary>
    internal async ValueTask<EnvironmentEntry?> NextCore(bool async, CancellationToken cancellationToken)
    {
        try
        {
            do
            {
                cancellationToken.ThrowIfCancellationRequested();
                _entry = async
                    ? await _tar.GetNextEntryAsync(copyData: false, cancellationToken).ConfigureAwait(false)
                    : _tar.GetNextEntry();
            }
            while (_entry?.EntryType == TarEntryType.GlobalExtendedAttributes);
        }
        catch (Exception exception) when (IsMalformed(exception))
        {
            throw Invalid(exception);
        }

        if (_entry is null)
            return _decompressed.BytesRead > 0 ? null : throw Invalid(null);
        if (++_count > _limits.MaxEntries)
            throw new SandboxException(SandboxErrorCode.TooLarge, $"The archive has more than {_limits.MaxEntries} members; raise ExtractionLimits.MaxEntries if that is meant.");
        var kind = KindOf(_entry.EntryType);
        var name = _entry.Name;
        return new EnvironmentEntry(
            ArchivePath.Clean(name) ?? (ArchivePath.IsRoot(name) ? "." : name),
            kind,
            kind == EnvironmentEntryKind.File ? _entry.Length : 0,
            _entry.Mode & (UnixFileMode)0x1FF,
            kind is EnvironmentEntryKind.SymbolicLink or EnvironmentEntryKind.HardLink ? _entry.LinkName : null);
    }

    /// <summary>Copies the content of the member just read.</summary>
    internal async ValueTask CopyCore(bool async, Stream destination, CancellationToken cancellationToken)
    {
        if (_entry?.DataStream is not { } content)
            return;
        var buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
        try
        {
            while (await ReadCore(async, content, buffer, cancellationToken).ConfigureAwait(false) is > 0 and var read)
            {
                if (async)
                    await destination.WriteAsync(buffer.AsMemory(0, read), cancellationToken).ConfigureAwait(false);
                else
                    destination.Write(buffer, 0, read);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static async ValueTask<int> ReadCore(bool async, Stream content, byte[] buffer, CancellationToken cancellationToken)
    {
        try
        {
            cancellationToken.ThrowIfCancellationRequested();
            return async
                ? await content.ReadAsync(buffer.AsMemory(0, BufferSize), cancellationToken).ConfigureAwait(false)
                : content.Read(buffer, 0, BufferSize);
        }
        catch (Exception exception) when (IsMalformed(exception))
        {
            throw Invalid(exception);
        }
    }

    private static EnvironmentEntryKind KindOf(TarEntryType type) => type switch
    {
        TarEntryType.RegularFile or TarEntryType.V7RegularFile or TarEntryType.ContiguousFile => EnvironmentEntryKind.File,
        TarEntryType.Directory => EnvironmentEntryKind.Directory,
        TarEntryType.SymbolicLink => EnvironmentEntryKind.SymbolicLink,
        TarEntryType.HardLink => EnvironmentEntryKind.HardLink,
        _ => EnvironmentEntryKind.Other,
    };

    /// <summary>What gzip and tar throw for bytes that are neither; errors of the stream they come from pass.</summary>
    private static bool IsMalformed(Exception exception) => exception is InvalidDataException or EndOfStreamException or FormatException
        or ArgumentException or InvalidOperationException and not ObjectDisposedException or NotSupportedException or OverflowException;

    private static SandboxException Invalid(Exception? inner) => new(
        SandboxErrorCode.InvalidArchive,
        "The archive cannot be read as a gzip-compressed tar" + (inner is null ? ": it is empty." : $" ({inner.Message})"),
        inner);
}
