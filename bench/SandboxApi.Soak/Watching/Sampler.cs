using System.Diagnostics;
using SandboxApi.Soak.Running;

namespace SandboxApi.Soak.Watching;

/// <summary>Looks every second while the runs go on, and says on the terminal how far they are.</summary>
internal sealed class Sampler(HostWatch? watch, Tally tally, int total)
{
    private static readonly TimeSpan s_interval = TimeSpan.FromSeconds(1);

    private readonly long _began = Stopwatch.GetTimestamp();

    internal List<HostFigures> Samples { get; } = [];

    internal async Task RunAsync(CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(s_interval);
        var isTerminal = !Console.IsOutputRedirected;
        try
        {
            for (var tick = 1; await timer.WaitForNextTickAsync(cancellationToken); tick++)
            {
                var at = Stopwatch.GetElapsedTime(_began);
                if (watch is not null)
                    Samples.Add(watch.Look(at.TotalSeconds, tally.Runs));
                if (isTerminal)
                    Console.Write($"\r{Line(at),-150}");
                else if (tick % 10 == 0)
                    Console.WriteLine(Line(at));
            }
        }
        catch (OperationCanceledException)
        {
            if (isTerminal)
                Console.WriteLine();
        }
    }

    private string Line(TimeSpan at)
    {
        var runs = $"{tally.Runs:N0}/{total:N0}  {tally.Runs / at.TotalSeconds:0.0}/s  busy {tally.Busy:N0}  wrong {tally.Wrong}  lost {tally.Lost}";
        var host = Samples is [.., var now]
            ? $"  | {now.Memory >> 20} MiB  {now.Descriptors} fds  {now.Threads} threads  {now.Processes} processes  {now.Cgroups} cgroups  {now.Mounts} mounts  {now.Files} files"
            : "";
        return $"{runs}{host}  | {at:hh\\:mm\\:ss}";
    }
}
