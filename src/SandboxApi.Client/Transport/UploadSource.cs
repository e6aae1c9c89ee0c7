using System.Buffers;

namespace SandboxApi.Client.Transport;

/// <summary>An environment as it is sent: a stream and its length, which the original server refuses to do without.</summary>
/// <remarks>WSGI servers refuse a chunked body (400, or 411 behind Apache). So a stream that does not know its length is first read to its end, within the timeouts of the call.</remarks>
internal sealed class UploadSource : IDisposable
{
    private const int BufferSize = 81_920;

    /// <summary>What is kept in memory of a stream without a length; a longer one goes to a temporary file.</summary>
    private const int MemoryLimit = 1 << 20;

    private readonly Stream? _spool;

    private UploadSource(Stream stream, long length, Stream? spool) => (Stream, Length, _spool) = (stream, length, spool);

    internal Stream Stream { get; }

    internal long Length { get; }

    /// <summary>The rest of the caller's stream, which stays open and his.</summary>
    internal static async ValueTask<UploadSource> OpenCore(bool async, Stream stream, Exchange exchange)
    {
        try
        {
            if (stream.CanSeek)
                return new UploadSource(stream, Math.Max(0, stream.Length - stream.Position), null);
            if (stream is AnswerStream { Remaining: { } remaining })
                return new UploadSource(stream, remaining, null);
            var spool = await SpoolCore(async, stream, exchange).ConfigureAwait(false);
            return new UploadSource(spool, spool.Length, spool);
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            // The caller's own stream failed, or the place for temporary files: not the connection.
            exchange.SourceError = exception;
            throw;
        }
    }

    public void Dispose() => _spool?.Dispose();

    private static async ValueTask<Stream> SpoolCore(bool async, Stream source, Exchange exchange)
    {
        Stream spool = new MemoryStream();
        var buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
        try
        {
            while (true)
            {
                exchange.Token.ThrowIfCancellationRequested();
                var read = async
                    ? await source.ReadAsync(buffer.AsMemory(0, BufferSize), exchange.Token).ConfigureAwait(false)
                    : source.Read(buffer, 0, BufferSize);
                if (read == 0)
                    break;
                if (spool is MemoryStream && spool.Length + read > MemoryLimit)
                    spool = await MoveCore(async, spool).ConfigureAwait(false);
                if (async)
                    await spool.WriteAsync(buffer.AsMemory(0, read), exchange.Token).ConfigureAwait(false);
                else
                    spool.Write(buffer, 0, read);
            }

            spool.Position = 0;
            return spool;
        }
        catch
        {
            await DisposeCore(async, spool).ConfigureAwait(false);
            throw;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static async ValueTask<Stream> MoveCore(bool async, Stream memory)
    {
        var options = new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.ReadWrite,
            Share = FileShare.None,
            BufferSize = 0,
            Options = FileOptions.DeleteOnClose | (async ? FileOptions.Asynchronous : FileOptions.None),
        };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        var path = Path.Combine(Path.GetTempPath(), $"sandbox-upload-{Guid.NewGuid():N}");
        var file = new FileStream(path, options);
        memory.Position = 0;
        try
        {
            // Without a name nothing is left of it even if this process is killed. Windows keeps the name until the file is closed.
            if (!OperatingSystem.IsWindows())
                File.Delete(path);
            if (async)
                await memory.CopyToAsync(file).ConfigureAwait(false);
            else
                memory.CopyTo(file);
            return file;
        }
        catch
        {
            await DisposeCore(async, file).ConfigureAwait(false);
            throw;
        }
    }

    private static async ValueTask DisposeCore(bool async, Stream stream)
    {
        if (async)
            await stream.DisposeAsync().ConfigureAwait(false);
        else
            stream.Dispose();
    }
}
