using SandboxApi.Cli.Terminals;

namespace SandboxApi.Cli.Arguments;

/// <summary>Reads standard input to its end. Whoever forgot that it is read, or does not know that something holds the pipe open, is told what is waited for.</summary>
internal static class StandardInput
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    internal static async Task<byte[]> ReadAsync(Terminal terminal, bool isQuiet, CancellationToken cancellationToken, TimeProvider? time = null)
    {
        // On a thread of its own: a read of a pipe takes no cancellation, and Ctrl-C must not wait for whoever holds it.
        var reading = Task.Run(() => InputFile.ReadAsync(terminal.Input, "standard input", cancellationToken), cancellationToken);
        if (!isQuiet)
        {
            using var enough = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            var waiting = Task.Delay(Patience, time ?? TimeProvider.System, enough.Token);
            if (await Task.WhenAny(reading, waiting) == waiting && !cancellationToken.IsCancellationRequested)
                terminal.WriteErrorLine($"sandbox: reading standard input ({terminal.InputKind.ToString().ToLowerInvariant()}) to its end: --no-stdin goes on without it");
            await enough.CancelAsync();
        }

        return await reading.WaitAsync(cancellationToken);
    }
}
