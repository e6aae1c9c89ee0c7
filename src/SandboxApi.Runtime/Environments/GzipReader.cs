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
        if (!rest.AsSpan(0, length).SequenceEqual(_seal))
            throw _input.IsGzip ? InvalidArchive.Corrupt() : InvalidArchive.NotGzip();
        _ended = true;
        return 0;
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _gzip.DisposeAsync();

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
        private int _magicLength;
        private MemoryStream? _tail;

        public bool SealStarted => _tail is not null;

        public bool IsGzip => _magicLength == 2 && _magic is [0x1F, 0x8B];

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            if (_tail is null)
            {
                var read = await input.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
                for (var i = 0; i < read && _magicLength < 2; i++)
                    _magic[_magicLength++] = buffer.Span[i];
                if (read > 0)
                    return read;
                _tail = Seal();
            }

            return _tail.Read(buffer.Span);
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
