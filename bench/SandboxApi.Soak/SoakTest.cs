using System.Diagnostics;
using SandboxApi.Soak.Kinds;
using SandboxApi.Soak.Reports;
using SandboxApi.Soak.Running;
using SandboxApi.Soak.Watching;

namespace SandboxApi.Soak;

/// <summary>The soak from the start of its server to the report.</summary>
internal static class SoakTest
{
    private const int PoolSize = 20;

    private static readonly TimeSpan s_rest = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan s_longestStop = TimeSpan.FromSeconds(60);

    internal static async Task<int> RunAsync(SoakOptions options, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(options.Report);
        await using var server = options.Server is null ? await ServerProcess.StartAsync(options.Sandbox, Path.Combine(options.Report, "server.log"), PoolSize, cancellationToken) : null;
        var url = server?.Url ?? options.Server!;
        using var first = new SandboxClient(url);
        var facts = await ServerFacts.AskAsync(first, server is null ? null : ServerProcess.Inodes, cancellationToken);
        var kinds = new KindTable(facts, options.Kinds, options.Seed);
        return options.Only is { } number
            ? await OnlyAsync(url, kinds, number, server, cancellationToken)
            : await AllAsync(options, url, kinds, server, cancellationToken);
    }

    private static async Task<int> OnlyAsync(Uri url, KindTable kinds, int number, ServerProcess? server, CancellationToken cancellationToken)
    {
        var tally = new Tally();
        using var crowd = new Crowd(url, kinds, tally);
        var session = await crowd.RunOneAsync(number, cancellationToken);
        foreach (var exchange in session.Exchanges)
            Console.WriteLine(exchange());
        foreach (var what in tally.Broken.SelectMany(broken => broken.What))
            Console.WriteLine($"{what.What}: expected {what.Expected}, received {what.Received}");
        Console.WriteLine($"{kinds.Draw(number).Kind.Name}: {(tally.Broken.Count == 0 ? "as promised" : "NOT as promised")}");
        if (server is not null)
            await server.StopAsync(s_longestStop);
        return tally.Broken.Count == 0 ? 0 : 1;
    }

    private static async Task<int> AllAsync(SoakOptions options, Uri url, KindTable kinds, ServerProcess? server, CancellationToken cancellationToken)
    {
        var hostMounts = File.ReadAllLines("/proc/self/mountinfo");
        var watch = server is null ? null : new HostWatch(server.Id, server.Directory);
        var files = watch?.Files() ?? [];

        // What the first runs leave behind for good - compiled code, buffers, threads - is no leak.
        var warm = new Tally();
        if (options.WarmUp > 0)
        {
            using var crowd = new Crowd(url, kinds, warm);
            await new WarmUp(crowd, watch, options).RunAsync(cancellationToken);
        }

        var baseline = watch is null ? null : await Settling.RestAsync(watch, s_rest, cancellationToken) with { Files = files.Count };
        var descriptors = watch?.Descriptors() ?? [];

        var tally = new Tally();
        var sampler = new Sampler(watch, tally, options.Runs);
        using var sampling = new CancellationTokenSource();
        var began = Stopwatch.GetTimestamp();
        var samples = sampler.RunAsync(sampling.Token);
        using (var crowd = new Crowd(url, kinds, tally))
            await crowd.RunAsync(1, options.Runs, options.Clients, options.Longest, cancellationToken);
        var time = Stopwatch.GetElapsedTime(began);
        await sampling.CancelAsync();
        await samples;

        var findings = AnswerFindings.Of(warm, tally).ToList();
        var broken = new List<Broken>([.. warm.Broken, .. tally.Broken]);
        if (server is not null && watch is not null && baseline is not null)
        {
            Console.WriteLine("Waiting until everything is as it was, saved environments gone...");
            var end = await Settling.ReturnAsync(watch, baseline, ServerProcess.Expiry + s_rest, CancellationToken.None);
            var leaks = new HostFindings(baseline, end, sampler.Samples, tally.Runs);
            findings.AddRange(leaks.Findings);
            broken.AddRange(leaks.Explain(watch, descriptors, files));
            var leftovers = await Leftovers.AfterStopAsync(server, watch, hostMounts, s_longestStop);
            findings.AddRange(leftovers.Findings);
        }

        var report = new SoakReport
        {
            Options = options,
            Time = time,
            Tally = tally,
            LeftOut = kinds.LeftOut,
            Findings = findings,
            Broken = broken,
            Samples = sampler.Samples,
            Log = server?.Log ?? [],
        };
        await report.WriteAsync();
        Console.WriteLine(MarkdownReport.Of(report));
        return report.Holds ? 0 : 1;
    }
}
