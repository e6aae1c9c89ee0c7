using Microsoft.AspNetCore.Http;

namespace SandboxApi.Server.Connections;

/// <summary>Bounds what answers hold of memory that are made and not yet taken by their clients.</summary>
/// <remarks>
/// Beyond the bound the answer that is taken most slowly is cut off, if it is taken too slowly. If none is, the new answer waits a little, and then the oldest is cut off.
/// What a client holds without one of these, in the buffers of its connection, is bounded by the number of connections.
/// </remarks>
internal sealed class UnreadAnswers(SandboxServerOptions options, TimeProvider time)
{
    /// <summary>An answer up to this size fits into the buffers of a connection.</summary>
    private const int Small = 64 << 10;

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(50);

    private readonly Lock _lock = new();
    private readonly List<Held> _answers = [];
    private long _bytes;

    /// <summary>Sends an answer and disposes of it.</summary>
    internal async Task SendAsync(HttpContext context, EncodedAnswer answer)
    {
        using var sent = answer;
        if (answer.Length <= Small)
        {
            await answer.CopyToAsync(context.Response.Body, static _ => { }, context.RequestAborted);
            return;
        }

        var held = new Held(context, answer.Length);
        lock (_lock)
        {
            _answers.Add(held);
            _bytes += held.Bytes;
        }

        try
        {
            await MakeRoomAsync(held, context.RequestAborted);
            await answer.CopyToAsync(context.Response.Body, count => Left(held, count), context.RequestAborted);
        }
        finally
        {
            Forget(held);
        }
    }

    private async Task MakeRoomAsync(Held held, CancellationToken cancellationToken)
    {
        var start = time.GetTimestamp();
        while (!cancellationToken.IsCancellationRequested)
        {
            Held? cut;
            lock (_lock)
            {
                if (_bytes <= options.UnreadAnswersLimit || _answers.Count == 1)
                    return;
                cut = Slowest.First(_answers, answer => answer.Transfer).FirstOrDefault() ?? (time.GetElapsedTime(start) >= s_patience ? _answers.Find(answer => answer != held) : null);
            }

            if (cut is null)
            {
                await Task.Delay(s_pause, time, cancellationToken);
                continue;
            }

            Forget(cut);
            cut.Abort();
        }
    }

    private void Left(Held held, long count)
    {
        lock (_lock)
        {
            // One that was cut off is counted no more.
            var left = Math.Min(count, held.Bytes);
            held.Bytes -= left;
            _bytes -= left;
        }
    }

    private void Forget(Held held)
    {
        lock (_lock)
        {
            _answers.Remove(held);
            _bytes -= held.Bytes;
            held.Bytes = 0;
        }
    }

    private sealed class Held(HttpContext context, long bytes)
    {
        private readonly ConnectionPlace? _place = context.Features.Get<ConnectionPlace>();

        internal long Bytes { get; set; } = bytes;

        internal void Abort()
        {
            if (_place is null)
                context.Abort();
            else
                _place.Abort();
        }

        internal Transfer? Transfer => _place?.Answer;
    }
}
