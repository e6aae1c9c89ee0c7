using SandboxApi.Archives.Gzip;
using SandboxApi.Server.Errors;

namespace SandboxApi.Server.Execute;

/// <summary>A body of unknown length that is refused when it turns out too long.</summary>
/// <param name="body">What is read; not disposed.</param>
/// <param name="limit">Its bytes at most.</param>
internal sealed class BoundedBody(Stream body, long limit) : ForwardStream
{
    private long _left = limit;

    internal static RequestException TooLarge() =>
        RequestException.TooLarge("The request body is larger than this server takes; its operator sets max-archive-size and max-config-size.");

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var count = await body.ReadAsync(buffer, cancellationToken);
        _left -= count;
        return _left >= 0 ? count : throw TooLarge();
    }
}
