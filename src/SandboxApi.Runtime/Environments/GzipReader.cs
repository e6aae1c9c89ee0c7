using System.Buffers;
using System.IO.Compression;
using System.Security.Cryptography;

namespace SandboxApi.Runtime.Environments;

/// <summary>Decompresses gzip and, unlike <see cref="GZipStream"/>, does not take a stream that was cut short or has something after its end for a whole one.</summary>
/// <remarks>
/// GZipStream reports the end alike for a complete stream, a truncated one and one followed by garbage. So one more gzip member, holding random
/// bytes, is fed to it after the last byte of the input: only when the input ended exactly at the end of a member do those bytes, and nothing
/// else, come out at the end.
/// </remarks>
internal sealed class GzipReader : IAsyncDisposable
{
    private const int SealLength = 16;
    private const int BufferSize = 128 * 1024;

    private readonly byte[] _seal = RandomNumberGenerator.GetBytes(SealLength);
    private readonly SealedStream _input;
    private readonly GZipStream _gzip;
    private bool _ended;

    public GzipReader(Stream input)
    {
        _input = new SealedStream(input, _seal);
        _gzip = new GZipStream(_input, CompressionMode.Decompress);
    }

    /// <summary>Reads some bytes; 0 at the end of a complete stream.</summary>
    /// <exception cref="SandboxException">The input is no complete gzip stream.</exception>
    public async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        if (_ended)
            return 0;
        var read = await DecompressAsync(buffer, cancellationToken).ConfigureAwait(false);
        if (!_input.SealStarted && read > 0)
            return read;

        // GZipStream asks for more input only when all it had has been delivered: what comes now is of the seal, or the input was no whole stream.
        var rest = new byte[SealLength + 1];
        var length = Math.Min(read, rest.Length);
        buffer.Span[..length].CopyTo(rest);
        while (length < rest.Length && (read = await DecompressAsync(rest.AsMemory(length), cancellationToken).ConfigureAwait(false)) > 0)
            length += read;
        if (!_input.IsGzip)
            throw InvalidArchive.NotGzip();
        if (!rest.AsSpan(0, length).SequenceEqual(_seal))
            throw InvalidArchive.Corrupt();
        _ended = true;
        return 0;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _gzip.DisposeAsync().ConfigureAwait(false);
        await _input.DisposeAsync().ConfigureAwait(false);
    }

    private async ValueTask<int> DecompressAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        try
        {
            return await _gzip.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
        }
        catch (InvalidDataException e)
        {
            throw _input.IsGzip ? InvalidArchive.Corrupt(e) : InvalidArchive.NotGzip();
        }
    }

    /// <summary>The input, then the seal; does not dispose the input.</summary>
    private sealed class SealedStream(Stream input, byte[] seal) : ForwardStream
    {
        private readonly byte[] _magic = new byte[2];

        // GZipStream asks for 8 KB at a time; most of that is then there without waiting.
        private byte[] _buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
        private int _start;
        private int _end;
        private int _magicLength;
        private MemoryStream? _tail;

        public bool SealStarted => _tail is not null;

        public bool IsGzip => _magicLength == 2 && _magic is [0x1F, 0x8B];

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            _start < _end ? ValueTask.FromResult(Take(buffer.Span)) : FillAndTakeAsync(buffer, cancellationToken);

        protected override void Dispose(bool disposing)
        {
            if (disposing && Interlocked.Exchange(ref _buffer, []) is { Length: > 0 } rented)
                ArrayPool<byte>.Shared.Return(rented);
            base.Dispose(disposing);
        }

        private async ValueTask<int> FillAndTakeAsync(Memory<byte> buffer, CancellationToken cancellationToken)
        {
            if (_tail is null)
            {
                _start = 0;
                _end = await input.ReadAsync(_buffer, cancellationToken).ConfigureAwait(false);
                for (var i = 0; i < _end && _magicLength < 2; i++)
                    _magic[_magicLength++] = _buffer[i];
                if (_end > 0)
                    return Take(buffer.Span);
                _tail = Seal();
            }

            return _tail.Read(buffer.Span);
        }

        private int Take(Span<byte> buffer)
        {
            var length = Math.Min(buffer.Length, _end - _start);
            _buffer.AsSpan(_start, length).CopyTo(buffer);
            _start += length;
            return length;
        }

        private MemoryStream Seal()
        {
            var packed = new MemoryStream();
            using (var gzip = new GZipStream(packed, CompressionLevel.Fastest, leaveOpen: true))
                gzip.Write(seal);
            packed.Position = 0;
            return packed;
        }
    }
}
