using System.Text;
using SandboxApi.Archives.Tar;

namespace SandboxApi.Archives.Extraction;

/// <summary>Reads an environment member by member, names as text.</summary>
internal sealed class MemberReader : IAsyncDisposable
{
    // Names must be told apart; what is replaced by a sign for it could be one name for two.
    private static readonly UTF8Encoding s_utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    // Of what stands between files; an archive of as many members as are taken by default, each with a long name, has less.
    private const long MaxMetadata = 64 << 20;

    private readonly ArchiveReader _reader;
    private readonly bool _isAsync;

    public MemberReader(Stream archive, ExtractionLimits limits, bool isAsync)
    {
        ArgumentNullException.ThrowIfNull(archive);
        _isAsync = isAsync;
        _reader = new ArchiveReader(
            archive,
            new()
            {
                MaxBytes = limits.MaxBytes,
                MaxEntries = limits.MaxEntries,
                MaxMetadata = MaxMetadata,
                BytesAdvice = "raise ExtractionLimits.MaxBytes if that is meant",
                EntriesAdvice = "raise ExtractionLimits.MaxEntries if that is meant",
            },
            isAsync);
    }

    /// <summary>When the member just read was modified, to the nanosecond.</summary>
    public ArchiveTime Modified { get; private set; }

    public ValueTask DisposeAsync() => _reader.DisposeAsync();

    /// <summary>Counts a further copy of a file's bytes as if the archive held them.</summary>
    /// <exception cref="SandboxException">They are too many.</exception>
    public void CountCopy(long size) => _reader.CountCopy(size);

    /// <summary>The next member; null after the last.</summary>
    public async ValueTask<EnvironmentEntry?> NextAsync(CancellationToken cancellationToken)
    {
        if (await _reader.NextAsync(cancellationToken).ConfigureAwait(false) is not { } entry)
            return null;
        Modified = entry.Modified;
        var isLink = entry.Kind is ArchiveEntryKind.SymbolicLink or ArchiveEntryKind.HardLink;
        return new EnvironmentEntry(
            entry.Path.Length == 0 ? "." : Text(entry, entry.Path),
            entry.Kind switch
            {
                ArchiveEntryKind.File => EnvironmentEntryKind.File,
                ArchiveEntryKind.Directory => EnvironmentEntryKind.Directory,
                ArchiveEntryKind.SymbolicLink => EnvironmentEntryKind.SymbolicLink,
                ArchiveEntryKind.HardLink => EnvironmentEntryKind.HardLink,
                _ => EnvironmentEntryKind.Other,
            },
            entry.Size,
            (UnixFileMode)entry.Mode,
            isLink ? Text(entry, entry.Target) : null)
        { Modified = entry.Modified.ToDateTimeOffset() };
    }

    /// <summary>Copies the content of the member just read.</summary>
    public async ValueTask CopyAsync(Stream destination, CancellationToken cancellationToken)
    {
        while (await _reader.ReadContentAsync(cancellationToken).ConfigureAwait(false) is { IsEmpty: false } piece)
        {
            if (_isAsync)
                await destination.WriteAsync(piece, cancellationToken).ConfigureAwait(false);
            else
                destination.Write(piece.Span);
        }
    }

    private static string Text(ArchiveEntry entry, byte[] name)
    {
        try
        {
            return s_utf8.GetString(name);
        }
        catch (DecoderFallbackException e)
        {
            throw new SandboxException(SandboxErrorCode.InvalidArchive, $"The archive's entry '{entry.DisplayName}' has a name or target that is not UTF-8, which this program cannot name; unpack the archive with 'tar -xzf'.", e);
        }
    }
}
