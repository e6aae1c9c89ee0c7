using System.IO.Compression;

namespace SandboxApi.Archives.Gzip;

/// <summary>Decompresses gzip and, unlike <see cref="GZipStream"/>, does not take a stream that was cut short or has something after its end for a whole one.</summary>
/// <remarks>
/// GZipStream checks the header, the deflate data, the checksum and the length of each member, but reports the end alike for a complete stream, a truncated one and one
/// followed by garbage, and does not say where the deflate data ended. But it stops to ask for more as soon as what follows a complete member is no gzip.
/// So zeros at the end of the input are held back and given to it one by one, and after them one of our own: where it stops asking at such a zero, and only there,
/// the input was whole. What is held back then is the padding of a tape or a pipe, which all readers take.
/// </remarks>
internal sealed class GzipReader : IAsyncDisposable
{
    private readonly GzipInput _input;
    private readonly GZipStream _gzip;
    private readonly bool _isAsync;
    private bool _ended;

    /// <summary>Reads from <paramref name="input"/>, which is not disposed; waits on the calling thread unless it may wait asynchronously.</summary>
    public GzipReader(Stream input, bool isAsync = true)
    {
        _input = new GzipInput(input);
        _gzip = new GZipStream(_input, CompressionMode.Decompress);
        _isAsync = isAsync;
    }

    /// <summary>Reads some bytes; 0 at the end of a complete stream.</summary>
    /// <exception cref="SandboxException">The input is no complete gzip stream.</exception>
    public async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        if (_ended || buffer.IsEmpty)
            return 0;
        int read;
        try
        {
            cancellationToken.ThrowIfCancellationRequested();
            read = _isAsync ? await _gzip.ReadAsync(buffer, cancellationToken).ConfigureAwait(false) : _gzip.Read(buffer.Span);
        }
        catch (InvalidDataException e)
        {
            throw _input.IsGzip ? InvalidGzip.Corrupt(e) : InvalidGzip.NotGzip();
        }

        if (read > 0)
            return read;
        if (!_input.IsGzip)
            throw InvalidGzip.NotGzip();
        if (!_input.WasLeftAtAZero)
            throw InvalidGzip.Corrupt();
        _ended = true;
        return 0;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _gzip.DisposeAsync().ConfigureAwait(false);
        await _input.DisposeAsync().ConfigureAwait(false);
    }
}
