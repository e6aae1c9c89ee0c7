using System.Buffers;
using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;

namespace SandboxApi.Client.Transport;

/// <summary>The form of an execution; the caller's stream goes through it piece by piece and stays open.</summary>
internal sealed class UploadContent : HttpContent
{
    private const int BufferSize = 81_920;
    private static readonly byte[] Padding = new byte[BufferSize];

    private readonly byte[] _head;
    private readonly UploadSource? _source;
    private readonly byte[] _tail;
    private readonly Exchange _exchange;
    private bool _sent;

    private UploadContent(string contentType, byte[] head, UploadSource? source, byte[] tail, Exchange exchange)
    {
        (_head, _source, _tail, _exchange) = (head, source, tail, exchange);
        Headers.ContentType = MediaTypeHeaderValue.Parse(contentType);
    }

    /// <summary>A form without a file, which the original clients send URL-encoded.</summary>
    internal static UploadContent Form(byte[] config, Exchange exchange) =>
        new("application/x-www-form-urlencoded", FormEncoding.Encode("config", config), null, [], exchange);

    /// <summary>A form with the config before the file, so that a server can refuse it without reading the file.</summary>
    internal static UploadContent Multipart(byte[] config, UploadSource environment, Exchange exchange)
    {
        // Random, so that nobody can write it into a config or an archive to end a part early.
        var boundary = "sandbox-" + RandomNumberGenerator.GetHexString(32, lowercase: true);
        byte[] head =
        [
            .. Encoding.ASCII.GetBytes($"--{boundary}\r\nContent-Disposition: form-data; name=\"config\"\r\n\r\n"),
            .. config,
            .. Encoding.ASCII.GetBytes($"\r\n--{boundary}\r\nContent-Disposition: form-data; name=\"environment\"; filename=\"environment.tgz\"\r\nContent-Type: application/gzip\r\n\r\n"),
        ];
        return new($"multipart/form-data; boundary={boundary}", head, environment, Encoding.ASCII.GetBytes($"\r\n--{boundary}--\r\n"), exchange);
    }

    protected override bool TryComputeLength(out long length)
    {
        length = _head.Length + (_source?.Length ?? 0) + _tail.Length;
        return true;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _source?.Dispose();
        base.Dispose(disposing);
    }

    protected override void SerializeToStream(Stream stream, TransportContext? context, CancellationToken cancellationToken) =>
        Completed.Done(SendCore(async: false, stream, cancellationToken));

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
        SendCore(async: true, stream, CancellationToken.None).AsTask();

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken) =>
        SendCore(async: true, stream, cancellationToken).AsTask();

    private async ValueTask SendCore(bool async, Stream stream, CancellationToken cancellationToken)
    {
        // Whatever handler asks for it: code that may have run must not run a second time.
        if (_sent)
            throw new InvalidOperationException("An execution is never sent twice.");
        _sent = true;

        await WriteCore(async, stream, _head, cancellationToken).ConfigureAwait(false);
        if (_source is not null)
            await SendSourceCore(async, stream, _source, cancellationToken).ConfigureAwait(false);
        if (_tail.Length > 0)
            await WriteCore(async, stream, _tail, cancellationToken).ConfigureAwait(false);
        _exchange.Listen();
    }

    private async ValueTask SendSourceCore(bool async, Stream stream, UploadSource source, CancellationToken cancellationToken)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
        try
        {
            long sent = 0;
            while (!_exchange.UploadIsFutile)
            {
                var read = await ReadSourceCore(async, source.Stream, buffer, cancellationToken).ConfigureAwait(false);
                if (sent + read > source.Length || (read == 0 && sent < source.Length))
                    throw _exchange.SourceError = new IOException($"The environment's stream changed while it was sent: it was to have {source.Length} bytes.");
                if (read == 0)
                    return;
                await WriteCore(async, stream, buffer.AsMemory(0, read), cancellationToken).ConfigureAwait(false);
                sent += read;
            }

            // The promised length must be kept for the answer to be read, though nobody receives it any more.
            for (; sent < source.Length; sent += Padding.Length)
                await WriteCore(async, stream, Padding.AsMemory(0, (int)Math.Min(Padding.Length, source.Length - sent)), cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private async ValueTask<int> ReadSourceCore(bool async, Stream source, byte[] buffer, CancellationToken cancellationToken)
    {
        try
        {
            return async
                ? await source.ReadAsync(buffer.AsMemory(0, BufferSize), cancellationToken).ConfigureAwait(false)
                : source.Read(buffer, 0, BufferSize);
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            // Kept, because on its way through HttpClient it would become an error of the connection.
            _exchange.SourceError = exception;
            throw;
        }
    }

    private static async ValueTask WriteCore(bool async, Stream stream, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        if (async)
            await stream.WriteAsync(bytes, cancellationToken).ConfigureAwait(false);
        else
            stream.Write(bytes.Span);
    }
}
