using Microsoft.AspNetCore.Http;
using SandboxApi.Archives.Gzip;

namespace SandboxApi.Server.Execute;

/// <summary>A body that may be long: what is read of it is dealt with on threads of the pool.</summary>
/// <remarks>Sockets are completed on the thread that hears all connections, and what follows goes on there: for a short request that saves a waking, but to search and copy a long body there keeps everybody waiting.</remarks>
/// <param name="body">What is read; not disposed.</param>
internal sealed class LongBody(Stream body) : ForwardStream
{
    private bool _hasBegun;

    /// <summary>The body of a request, as it is where it is short.</summary>
    internal static Stream Of(HttpRequest request) => request.ContentLength <= ExecuteEndpoint.SmallBody ? request.Body : new LongBody(request.Body);

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var reading = body.ReadAsync(buffer, cancellationToken);
        var isHere = reading.IsCompleted && _hasBegun;
        _hasBegun = true;
        var count = await reading;
        if (!isHere)
            await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        return count;
    }
}
