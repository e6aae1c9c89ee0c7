using System.Runtime.InteropServices;

namespace SandboxApi.Cli;

/// <summary>The signals that ask us to stop: the first stops the command, which clears up; the second ends us at once.</summary>
internal sealed class StopSignals : IDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly PosixSignalRegistration[] _registrations;
    private int _number;

    internal StopSignals() => _registrations = [Register(PosixSignal.SIGINT, 2), Register(PosixSignal.SIGTERM, 15), Register(PosixSignal.SIGHUP, 1)];

    /// <summary>Cancelled by the first signal.</summary>
    internal CancellationToken Token => _stop.Token;

    /// <summary>The exit code after a signal, as a shell reports it; null without one.</summary>
    internal int? ExitCode => _number == 0 ? null : ExitCodes.SignalBase + _number;

    public void Dispose()
    {
        Array.ForEach(_registrations, registration => registration.Dispose());
        _stop.Dispose();
    }

    private PosixSignalRegistration Register(PosixSignal signal, int number) => PosixSignalRegistration.Create(signal, received =>
    {
        // The second one does what signals do, for the user who does not want to wait for the sandbox to be cleared away. Not SIGHUP: a terminal that goes away sends
        // it, and so does its shell, and nobody is there who could be impatient.
        var isFirst = Interlocked.CompareExchange(ref _number, number, 0) == 0;
        received.Cancel = isFirst || signal == PosixSignal.SIGHUP;
        if (isFirst)
            _stop.Cancel();
    });
}
