using System.Diagnostics.CodeAnalysis;
using System.IO.Pipelines;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace SandboxApi.Server.Connections;

/// <summary>Tells a client that has only finished sending (<c>nc -N</c>, <c>shutdown(2)</c>) from one that is gone: the first waits for its answer, the second's run is ended.</summary>
/// <remarks>
/// Kestrel takes either for a closed connection (hence also <see cref="LateEndReader"/>). Both begin with the same FIN, and only whoever is gone answers data with a reset. So one byte is sent, once, as urgent data (RFC 9293, 3.8.5): a client that reads
/// does not see it in the stream, unless it asked for it (<c>SO_OOBINLINE</c>) or something on the way makes it an ordinary one. So it is never sent into an answer, whose own bytes ask as well. A connection that is reset at once, as when data was on its way to the client, needs no question.
/// </remarks>
[SuppressMessage("Design", "CA1001", Justification = "The sources hold neither timers nor links, and whoever still looks at their tokens must not meet a disposed one.")]
internal sealed class ClientPresence
{
    /// <summary>Most runs are over before there is a reason to ask.</summary>
    private static readonly TimeSpan s_patience = TimeSpan.FromMilliseconds(30);

    private static readonly TimeSpan s_longestPause = TimeSpan.FromMilliseconds(250);

    private readonly Socket _socket;
    private readonly TimeProvider _time;
    private readonly CancellationTokenSource _gone = new();
    private readonly CancellationTokenSource _ended = new();

    private readonly AnswerWriter _answers;

    private ClientPresence(Socket socket, AnswerWriter answers, TimeProvider time)
    {
        _socket = socket;
        _answers = answers;
        _time = time;
    }

    /// <summary>Has the connections of an address watched.</summary>
    internal static void Use(ListenOptions listen, TimeProvider time)
    {
        if (OperatingSystem.IsLinux())
            listen.Use(next => connection => RunAsync(next, connection, time));
    }

    private static async Task RunAsync(ConnectionDelegate next, ConnectionContext connection, TimeProvider time)
    {
        if (connection.Features.Get<IConnectionSocketFeature>()?.Socket is not { ProtocolType: ProtocolType.Tcp } socket)
        {
            await next(connection);
            return;
        }

        var place = connection.Features.GetRequiredFeature<ConnectionPlace>();
        var answers = new AnswerWriter(connection.Transport.Output, place);
        var presence = new ClientPresence(socket, answers, time);
        var closed = connection.ConnectionClosed;
        connection.ConnectionClosed = presence._gone.Token;
        connection.Transport = new Transport(new LateEndReader(connection.Transport.Input, answers, place), answers);
        using var registration = closed.UnsafeRegister(static presence => ((ClientPresence)presence!).OnClosed(), presence);
        try
        {
            await next(connection);
        }
        finally
        {
            await presence._ended.CancelAsync();
        }
    }

    private void OnClosed()
    {
        if (IsHalfClosed())
            _ = WatchAsync();
        else
            _gone.Cancel();
    }

    private async Task WatchAsync()
    {
        var pause = s_patience;
        var hasAsked = false;
        while (!_ended.IsCancellationRequested)
        {
            await Task.Delay(pause, _time, _ended.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (_ended.IsCancellationRequested)
                return;
            var asks = !hasAsked && !_answers.IsUnderWay;
            if (!IsHalfClosed() || (asks && !await AskAsync()))
            {
                await _gone.CancelAsync();
                return;
            }

            // The answer comes within a round trip; the run of a client that resets later is ended as well.
            pause = asks ? TimeSpan.FromMilliseconds(5) : TimeSpan.FromTicks(Math.Min(2 * pause.Ticks, s_longestPause.Ticks));
            hasAsked |= asks;
        }
    }

    private bool IsHalfClosed() => TcpInfo.Of(_socket) is { State: TcpInfo.CloseWait };

    /// <summary>A line feed: should something on the way make the byte an ordinary one, it is an empty line before the answer.</summary>
    private async Task<bool> AskAsync()
    {
        try
        {
            return await _socket.SendAsync("\n"u8.ToArray(), SocketFlags.OutOfBand) == 1;
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            return false;
        }
    }

    private sealed record Transport(PipeReader Input, PipeWriter Output) : IDuplexPipe;
}
