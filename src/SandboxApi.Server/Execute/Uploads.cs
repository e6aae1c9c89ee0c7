using System.Diagnostics.CodeAnalysis;
using Microsoft.AspNetCore.Http;
using SandboxApi.Runtime;
using SandboxApi.Server.Connections;
using SandboxApi.Server.Errors;

namespace SandboxApi.Server.Execute;

/// <summary>Turns of large requests. While all are taken and somebody waits, the slowest of the bodies that come too slowly is given up; while there is room each may be as slow as it is.</summary>
internal sealed class Uploads(int most, TimeProvider time) : IDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(2);

    /// <summary>How often whoever waits looks for a body that has become too slow.</summary>
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(250);

    private readonly Turns _turns = new(most, s_patience, "The server handles as many large requests as it may (max-uploads); try again.");
    private readonly Lock _lock = new();
    private readonly HashSet<Upload> _coming = [];
    private int _waiting;
    private int _givenUp;

    /// <summary>Waits for a turn; disposing ends it.</summary>
    /// <param name="place">The connection over which the body comes; null if nobody knows it.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="SandboxException"><see cref="SandboxErrorCode.Busy"/>.</exception>
    internal async Task<Upload> TakeAsync(ConnectionPlace? place, CancellationToken cancellationToken)
    {
        var turn = _turns.TakeAsync(cancellationToken);
        if (!turn.IsCompleted)
            await WaitAsync(turn);
        var upload = new Upload(this, await turn, place, time);
        lock (_lock)
            _coming.Add(upload);
        return upload;
    }

    public void Dispose() => _turns.Dispose();

    private async Task WaitAsync(Task turn)
    {
        Interlocked.Increment(ref _waiting);
        try
        {
            while (!turn.IsCompleted)
            {
                GiveUpSlowest();
                await Task.WhenAny(turn, Task.Delay(s_pause, time));
            }
        }
        finally
        {
            Interlocked.Decrement(ref _waiting);
        }
    }

    /// <summary>One for each who waits: those that were given up and hold their turns a moment longer count.</summary>
    private void GiveUpSlowest()
    {
        Upload? slowest;
        lock (_lock)
        {
            if (_givenUp >= Volatile.Read(ref _waiting))
                return;
            slowest = Slowest.First(_coming, upload => upload.Transfer).FirstOrDefault();
            if (slowest is null)
                return;
            _coming.Remove(slowest);
            slowest.IsGivenUp = true;
            _givenUp++;
        }

        slowest.GiveUp();
    }

    private void Came(Upload upload)
    {
        lock (_lock)
            _coming.Remove(upload);
    }

    private void Left(Upload upload)
    {
        lock (_lock)
        {
            _coming.Remove(upload);
            if (upload.IsGivenUp)
                _givenUp--;
        }
    }

    /// <summary>The turn of one request.</summary>
    [SuppressMessage("Usage", "CA2213", Justification = "The source holds neither timer nor link, and whoever gives up a body must not meet a disposed one.")]
    internal sealed class Upload : IDisposable
    {
        private readonly Uploads _uploads;
        private readonly IDisposable _turn;
        private readonly ConnectionPlace? _place;
        private readonly CancellationTokenSource _givenUp = new();

        internal Upload(Uploads uploads, IDisposable turn, ConnectionPlace? place, TimeProvider time)
        {
            _uploads = uploads;
            _turn = turn;
            _place = place;
            if (place is not null)
                place.Upload = Transfer = Transfer.Sending(place, time);
        }

        /// <summary>Cancelled when the body is given up.</summary>
        internal CancellationToken GivenUp => _givenUp.Token;

        /// <summary>Whether its turn is promised to whoever waits.</summary>
        internal bool IsGivenUp { get; set; }

        /// <summary>How fast the body comes; null if nobody knows its connection.</summary>
        internal Transfer? Transfer { get; }

        /// <summary>All has come: from now on it is the server that is slow.</summary>
        internal void Came()
        {
            _uploads.Came(this);
            _place?.Upload = null;
        }

        internal void GiveUp() => _givenUp.Cancel();

        internal static RequestException TooSlow() =>
            new(StatusCodes.Status408RequestTimeout, "The request body came too slowly while others waited to send theirs (max-uploads); try again.") { Headers = [new("Connection", "close")] };

        public void Dispose()
        {
            _place?.Upload = null;
            _turn.Dispose();
            _uploads.Left(this);
        }
    }
}
