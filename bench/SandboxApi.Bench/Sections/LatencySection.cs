using SandboxApi.Bench.Floor;
using SandboxApi.Bench.Measuring;
using SandboxApi.Bench.Others;
using SandboxApi.Bench.Report;

namespace SandboxApi.Bench.Sections;

/// <summary>How long one command takes, one at a time.</summary>
internal static class LatencySection
{
    private const int Commands = 10;

    public static async Task<SectionReport> MeasureAsync(Setting setting)
    {
        await using var deployed = await Deployed.StartAsync(setting, "--pool-size", "4");
        await using var local = await LocalSandbox.StartAsync(new LocalSandboxOptions { PoolSize = 4, DataDirectory = setting.NewDirectory("data") });
        await using var load = await LoadProgram.StartAsync(setting, deployed.Url);
        await using var withoutLocale = await FloorProgram.StartAsync(setting.NewDirectory("floor"), Setting.Script, "C");
        using var hand = new HandWritten(deployed.Url);
        var config = ExecutionConfig.Of(Setting.Script);
        var ten = ExecutionConfig.Of([.. Enumerable.Repeat(new Command(Setting.Script), Commands)]);

        // As programs are that have run for a while: a just-in-time compiler at work beside would be measured else.
        await LoadProgram.ManyAsync(setting, deployed.Url, 2, setting.For(5), new Sample(""));
        for (var i = 0; i < setting.Times(3000); i++)
            await local.ExecuteAsync(config);

        IReadOnlyList<Way> ways =
        [
            new("the floor: posix_spawn, output through a pipe", setting.Floor.OnceAsync),
            Way.Timed("embedded (`LocalSandbox`)", () => local.ExecuteAsync(config)),
            new("over HTTP (keep-alive, a native client)", load.OnceAsync),
            Way.Timed("over HTTP (`HttpClient`, hand-written)", () => hand.RunAsync(config)),
            Way.Timed("over HTTP (`SandboxClient`)", () => deployed.Client.ExecuteAsync(config)),
            new($"each further command of the same run ({Commands} in all)", async () =>
            {
                var result = await local.ExecuteAsync(ten);
                return result.Execution.Skip(1).Average(command => command.Time.TotalMilliseconds);
            }),
            new("the floor in the `C` locale, which needs no file", withoutLocale.OnceAsync),
        ];
        var samples = await Way.InterleavedAsync(ways, setting.Times(400), TimeSpan.FromMilliseconds(4));
        var floor = samples[0].Median;

        var report = new SectionReport("One command, one at a time");
        report.Say($"`bash -c '{Setting.Script}'`, each in a fresh sandbox, in turn, {samples[0].Count} times each. The spread is that of the middle half.");
        report.Say("All have the same variables. The shell's locale, C.UTF-8, is one file in a sandbox's root; the floor finds it on the host as the host has it, which by default is twelve files.");
        Tell(report, samples);
        report.Draw("latency", Plots.Distribution("One command, one at a time", samples));
        await CompareAsync(setting, ways[0], report);
        report.Targets.Add(TargetRow.AtMost("latency p50 of one `echo` over HTTP (keep-alive), one at a time, to the floor's", samples[2].Median / floor, 1.4));
        report.Targets.Add(TargetRow.AtMost("the same embedded (`LocalSandbox`)", samples[1].Median / floor, 1.2));
        report.Targets.Add(TargetRow.AtMost("each further command in the same run, to the floor", samples[5].Median / floor, 1.1));
        report.Targets.Add(TargetRow.AtMost("`SandboxClient` to a hand-written `HttpClient` doing the same: time", samples[4].Median / samples[3].Median, 1.1));
        report.Targets.Add(await AllocationsAsync(deployed, hand, config, setting));
        return report;
    }

    /// <summary>Others take ten or a hundred times as long: in turns of their own, so that they leave the caches to who is measured above.</summary>
    private static async Task CompareAsync(Setting setting, Way floor, SectionReport report)
    {
        await using var others = await OtherEngines.StartAsync(setting);
        if (others.Ways.Count == 0)
        {
            report.Say("No other engine is installed here.");
            return;
        }

        report.Say("The same by what else is installed here, in turn:");
        Tell(report, await Way.InterleavedAsync([floor, .. others.Ways], setting.Times(60), TimeSpan.FromMilliseconds(4)));
    }

    private static void Tell(SectionReport report, IReadOnlyList<Sample> samples) => report.Table(
        ["", "p50", "p99", "spread", "to the floor"],
        samples.Select(sample => (IReadOnlyList<string>)[sample.Name, Ms(sample.Median), Ms(sample.Percentile(99)), Ms(sample.Spread), FormattableString.Invariant($"{sample.Median / samples[0].Median:0.00} ×")]));

    private static async Task<TargetRow> AllocationsAsync(Deployed deployed, HandWritten hand, ExecutionConfig config, Setting setting)
    {
        var times = setting.Times(100);
        var byHand = await AllocatedAsync(() => hand.RunAsync(config), times);
        var byClient = await AllocatedAsync(() => deployed.Client.ExecuteAsync(config), times);
        return new TargetRow(
            "the same: allocations",
            "≤ 1.1 ×",
            FormattableString.Invariant($"{byClient / byHand:0.00} × ({byClient / 1024:0.0} to {byHand / 1024:0.0} KiB a run)"),
            byClient <= byHand * 1.1);
    }

    /// <summary>Of the whole program, in which others allocate now and then: the median of some goes.</summary>
    private static async Task<double> AllocatedAsync(Func<Task> run, int times)
    {
        var goes = new Sample("bytes");
        for (var go = 0; go < 9; go++)
        {
            var before = GC.GetTotalAllocatedBytes(precise: true);
            for (var i = 0; i < times; i++)
                await run();
            goes.Add((GC.GetTotalAllocatedBytes(precise: true) - before) / (double)times);
        }

        return goes.Median;
    }

    private static string Ms(double milliseconds) => FormattableString.Invariant($"{milliseconds:0.00} ms");
}
