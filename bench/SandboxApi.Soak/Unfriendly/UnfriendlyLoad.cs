using SandboxApi.Soak.Reports;
using SandboxApi.Soak.Watching;

namespace SandboxApi.Soak.Unfriendly;

/// <summary>Twenty attackers at one time for each attack of the catalogue, honest clients beside them, and the server watched.</summary>
internal static class UnfriendlyLoad
{
    private const int Attackers = 20;

    private static readonly TimeSpan s_rest = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan s_longestStop = TimeSpan.FromSeconds(60);

    internal static async Task<int> RunAsync(SoakOptions options, TimeSpan time, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(options.Report);
        var hostMounts = await File.ReadAllLinesAsync("/proc/self/mountinfo", cancellationToken);
        await using var server = await ServerProcess.StartAsync(options.Sandbox, Path.Combine(options.Report, "server.log"), UnfriendlyReport.PoolSize, cancellationToken);
        var watch = new HostWatch(server.Id, server.Directory);
        using var honest = new HonestProcess(server.Url);
        Console.WriteLine("Warming up, then measuring in quiet...");
        await QuietAsync(honest, time, cancellationToken);
        var baseline = await Settling.RestAsync(watch, s_rest, cancellationToken);
        var quiet = await QuietAsync(honest, time, cancellationToken);

        var rows = new List<UnfriendlyRow>();
        foreach (var attack in AttackCatalogue.All.Where(attack => options.Kinds.Count == 0 || options.Kinds.Any(kind => attack.Name.Contains(kind, StringComparison.OrdinalIgnoreCase))))
        {
            rows.Add(await AttackAsync(attack, server, watch, honest, time, cancellationToken));
            Console.WriteLine(UnfriendlyReport.Row(rows[^1], quiet));
            await Settling.ReturnAsync(watch, baseline, s_rest, cancellationToken);
        }

        var end = await Settling.ReturnAsync(watch, baseline, ServerProcess.Expiry + s_rest, cancellationToken);
        var leftovers = await Leftovers.AfterStopAsync(server, watch, hostMounts, s_longestStop);
        List<Finding> findings = [.. new HostFindings(baseline, end, [], 0).Findings, .. leftovers.Findings];
        var report = UnfriendlyReport.Of(rows, quiet, findings);
        await File.WriteAllTextAsync(Path.Combine(options.Report, "unfriendly.md"), report, cancellationToken);
        Console.WriteLine(report + UnfriendlyReport.LogSummary(server.Log));
        return rows.TrueForAll(row => UnfriendlyReport.Holds(row, quiet)) && findings.TrueForAll(finding => finding.Holds) ? 0 : 1;
    }

    private static async Task<HonestFigures> QuietAsync(HonestProcess honest, TimeSpan time, CancellationToken cancellationToken)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        end.CancelAfter(time);
        return await honest.RunAsync(end.Token);
    }

    private static async Task<UnfriendlyRow> AttackAsync(Attack attack, ServerProcess server, HostWatch watch, HonestProcess honest, TimeSpan time, CancellationToken cancellationToken)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var prepared = "";
        if (attack.Prepare is { } prepare)
        {
            using var first = new Attacker(server.Url, cancellationToken);
            await prepare(first);
            prepared = first.Prepared;
        }

        end.CancelAfter(time);
        var counts = new int[Attackers];
        var attackers = Enumerable.Range(0, Attackers).Select(i => RepeatAsync(attack, server.Url, prepared, () => counts[i]++, end.Token)).ToList();
        var attacking = Task.WhenAll(attackers);
        var memory = watch.MemoryWhileAsync(attacking);

        // Not while they only come.
        await Task.Delay(TimeSpan.FromMilliseconds(500), cancellationToken);
        var figures = await honest.RunAsync(end.Token);
        await attacking;
        return new UnfriendlyRow(attack, figures, counts.Sum(), (await memory).Max());
    }

    private static async Task RepeatAsync(Attack attack, Uri url, string prepared, Action count, CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            using var attacker = new Attacker(url, cancellationToken) { Prepared = prepared };
            try
            {
                await attack.Once(attacker);
                count();
            }
            catch (OperationCanceledException)
            {
                return;
            }
            catch (Exception exception) when (exception is HttpRequestException or IOException or System.Net.Sockets.SocketException or InvalidOperationException)
            {
                // Refused or cut off: it tries again, though not as fast as the loop can.
                await Task.Delay(20, CancellationToken.None);
            }
        }
    }
}

/// <summary>What one attack did to others; the most memory that the server had meanwhile, in bytes.</summary>
internal sealed record UnfriendlyRow(Attack Attack, HonestFigures Honest, int Attacks, long Memory);
