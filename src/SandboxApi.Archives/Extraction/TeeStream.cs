using SandboxApi.Archives.Gzip;

namespace SandboxApi.Archives.Extraction;

/// <summary>Reads a stream that cannot be read twice, and keeps what was read in a file. Disposes neither.</summary>
internal sealed class TeeStream(Stream input, FileStream kept) : ForwardStream
{
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var count = await input.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
        await kept.WriteAsync(buffer[..count], cancellationToken).ConfigureAwait(false);
        return count;
    }

    public override int Read(Span<byte> buffer)
    {
        var count = input.Read(buffer);
        kept.Write(buffer[..count]);
        return count;
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));
}
