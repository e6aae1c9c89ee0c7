using System.Buffers;
using System.Text;
using SandboxApi.Archives.Tar;

namespace SandboxApi.Archives.Packing;

/// <summary>Packs a plan: each file as it is at one moment, whatever happens to it meanwhile.</summary>
internal sealed class Packer : IDisposable
{
    private const int BufferSize = 128 * 1024;

    private readonly ArchiveWriter _writer;
    private readonly bool _isAsync;
    private readonly Action<long>? _report;
    private readonly byte[] _buffer = ArrayPool<byte>.Shared.Rent(BufferSize);

    private Packer(ArchiveWriter writer, bool isAsync, Action<long>? report)
    {
        _writer = writer;
        _isAsync = isAsync;
        _report = report;
    }

    /// <summary>Writes all of <paramref name="plan"/> to <paramref name="destination"/>, which stays open, as a gzip-compressed tar.</summary>
    /// <param name="async">Whether files and destination may be waited for asynchronously.</param>
    /// <param name="plan">What to pack.</param>
    /// <param name="destination">Where to.</param>
    /// <param name="report">Is told the length of each piece of content that was packed; null for nobody.</param>
    /// <param name="cancellationToken">Gives up; the archive is then incomplete.</param>
    /// <exception cref="IOException">A file cannot be read, or became shorter meanwhile.</exception>
    /// <exception cref="UnauthorizedAccessException">A file may not be read.</exception>
    public static async ValueTask PackCore(bool async, PackPlan plan, Stream destination, Action<long>? report, CancellationToken cancellationToken)
    {
        var writer = new ArchiveWriter(destination, async);
        await using (writer.ConfigureAwait(false))
        {
            using var packer = new Packer(writer, async, report);
            foreach (var (node, path) in plan.InOrder())
            {
                cancellationToken.ThrowIfCancellationRequested();
                await packer.AddAsync(node, Encoding.UTF8.GetBytes(path), cancellationToken).ConfigureAwait(false);
            }

            await writer.CompleteAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    public void Dispose() => ArrayPool<byte>.Shared.Return(_buffer);

    private async ValueTask AddAsync(PackNode node, byte[] path, CancellationToken cancellationToken)
    {
        // A directory that is only implied is for whoever unpacks to make.
        if (node.Source is not { } source)
            return;
        switch (node.Facts)
        {
            case { Kind: ArchiveEntryKind.Directory } facts:
                await _writer.WriteHeaderAsync(new() { Kind = facts.Kind, Path = path, Mode = facts.Mode, Modified = facts.Modified }, cancellationToken).ConfigureAwait(false);
                break;
            case { Kind: ArchiveEntryKind.SymbolicLink } facts:
                await _writer.WriteHeaderAsync(new() { Kind = facts.Kind, Path = path, Target = node.Directory!.TargetOf(source), Mode = 0x1FF, Modified = facts.Modified }, cancellationToken).ConfigureAwait(false);
                break;
            case { } facts:
                using (var file = node.Directory!.OpenFile(source, _isAsync))
                    await AddContentAsync(file, file.Length, node.Directory.NameOf(source), path, facts, cancellationToken).ConfigureAwait(false);
                break;
            default:
                await AddNamedAsync(source, path, cancellationToken).ConfigureAwait(false);
                break;
        }
    }

    // What was named by itself is read whatever it is. Pipes have no length, and files of the kernel say they have none: they are read to their end first.
    private async ValueTask AddNamedAsync(string source, byte[] path, CancellationToken cancellationToken)
    {
        using var file = SourceDirectory.OpenPath(source, _isAsync);
        var facts = new FileFacts(ArchiveEntryKind.File, 0x1A4, ArchiveTime.From(TimeProvider.System.GetUtcNow().UtcDateTime));
        if (file.CanSeek)
            facts = new(ArchiveEntryKind.File, OperatingSystem.IsWindows() ? FileFacts.DefaultMode : (int)File.GetUnixFileMode(file.SafeFileHandle) & 0x1FF, TimeOf(file));
        if (file.CanSeek && file.Length > 0)
        {
            await AddContentAsync(file, file.Length, source, path, facts, cancellationToken).ConfigureAwait(false);
            return;
        }

        using var spooled = TemporaryFile.Create(_isAsync);
        if (_isAsync)
            await file.CopyToAsync(spooled, cancellationToken).ConfigureAwait(false);
        else
            file.CopyTo(spooled);
        spooled.Position = 0;
        await AddContentAsync(spooled, spooled.Length, source, path, facts, cancellationToken).ConfigureAwait(false);
    }

    private async ValueTask AddContentAsync(FileStream file, long length, string source, byte[] path, FileFacts facts, CancellationToken cancellationToken)
    {
        await _writer.WriteHeaderAsync(new() { Kind = ArchiveEntryKind.File, Path = path, Mode = facts.Mode & 0x1FF, Size = length, Modified = facts.Modified }, cancellationToken).ConfigureAwait(false);
        for (var left = length; left > 0;)
        {
            // Not beyond the length that the header states: the file may have grown.
            var piece = _buffer.AsMemory(0, (int)Math.Min(_buffer.Length, left));
            var read = _isAsync ? await file.ReadAsync(piece, cancellationToken).ConfigureAwait(false) : file.Read(piece.Span);
            if (read == 0)
                throw new IOException($"'{source}' became shorter while it was packed.");
            await _writer.WriteContentAsync(piece[..read], cancellationToken).ConfigureAwait(false);
            left -= read;
            _report?.Invoke(read);
        }

        await _writer.PadAsync(length, cancellationToken).ConfigureAwait(false);
    }

    private static ArchiveTime TimeOf(FileStream file) => ArchiveTime.From(File.GetLastWriteTimeUtc(file.SafeFileHandle));
}
