using System.Diagnostics;
using System.Globalization;
using SandboxApi.Bench.Floor;
using SandboxApi.Bench.Measuring;
using SandboxApi.Bench.Report;

namespace SandboxApi.Bench.Sections;

/// <summary>Where the time of one request goes, and the processor time of the whole machine.</summary>
internal static class BudgetSection
{
    public const string Title = "Where the time goes";

    private const int Clients = 4;

    public static async Task<SectionReport> MeasureAsync(Setting setting)
    {
        await using var deployed = await Deployed.StartAsync(setting);
        var report = new SectionReport(Title);
        await TimeAsync(setting, deployed, report);
        await ProcessorAsync(setting, deployed, report);
        return report;
    }

    /// <summary>One request at a time: what the server and init say they needed, taken from what the client waited.</summary>
    private static async Task TimeAsync(Setting setting, Deployed deployed, SectionReport report)
    {
        var config = ExecutionConfig.Of(Setting.Script);
        var (floor, whole, run, command) = (new Sample("floor"), new Sample("whole"), new Sample("run"), new Sample("command"));
        var times = setting.Times(300);
        for (var i = -20; i < times; i++)
        {
            var plain = await setting.Floor.OnceAsync();
            await Task.Delay(4);
            var began = Stopwatch.GetTimestamp();
            var result = await deployed.Client.ExecuteAsync(config);
            var took = Stopwatch.GetElapsedTime(began).TotalMilliseconds;
            await Task.Delay(4);
            if (i < 0)
                continue;
            floor.Add(plain);
            whole.Add(took);
            run.Add(result.TotalTime.TotalMilliseconds);
            command.Add(result.Execution[0].Time.TotalMilliseconds);
        }

        report.Say("One request at a time over HTTP with `SandboxClient`: medians, each share the difference of two clocks.");
        report.Table(
            ["share", "milliseconds", "what it is"],
            [
                ["the floor", Ms(floor.Median), "fork, execve, the shell itself, its end, the pipe: the kernel's and bash's"],
                ["isolation", Ms(command.Median - floor.Median), "the same in the sandbox, by init's clock: user namespace, cgroup accounting, seccomp, the fresh sandbox's first page faults; and a locale in one file"],
                ["engine", Ms(run.Median - command.Median), "lease, pipes, the message to init and back, output, counters of the cgroup, judging"],
                ["HTTP", Ms(whole.Median - run.Median), "client, sockets, Kestrel, JSON, the threads that hand it on"],
                ["in all", Ms(whole.Median), ""],
            ]);
    }

    /// <summary>Under load: what bounds the rate is processor time, whoever's it is.</summary>
    private static async Task ProcessorAsync(Setting setting, Deployed deployed, SectionReport report)
    {
        double[] floor = [0, 0], machine = [0, 0], server = [0, 0], load = [0, 0];
        await LoadProgram.ManyAsync(setting, deployed.Url, Clients, setting.For(5), new Sample(""));
        for (var slice = 0; slice < 4; slice++)
        {
            var time = setting.For(2);
            var began = ProcessTree.Machine();
            Add(floor, await setting.Floor.RateAsync(Clients, time, Setting.Script) * time.TotalSeconds, ProcessTree.Machine() - began);

            began = ProcessTree.Machine();
            var (serverBegan, loadBegan) = (ProcessTree.Own(deployed.ServerId), ProcessTree.Reaped(Environment.ProcessId));
            var result = await LoadProgram.ManyAsync(setting, deployed.Url, Clients, time, new Sample(""));
            Add(machine, result.Runs, ProcessTree.Machine() - began);
            Add(server, result.Runs, ProcessTree.Own(deployed.ServerId) - serverBegan);
            Add(load, result.Runs, ProcessTree.Reaped(Environment.ProcessId) - loadBegan);
        }

        report.Say(FormattableString.Invariant($"Processor time of one run, all processors together, with {Clients} clients: what bounds the rate."));
        report.Table(
            ["who", "microseconds a run", "to the floor"],
            [
                Row("the floor: the shell and its parent", floor),
                Row("the server", server),
                Row("the client", load),
                ["all else: making the sandbox, the shell, ending the sandbox, and the kernel's own threads", Number(Of(machine) - Of(server) - Of(load)), Ratio((Of(machine) - Of(server) - Of(load)) / Of(floor))],
                Row("in all", machine),
            ]);
        await ProfileAsync(setting, deployed, report, Of(machine), Of(floor));

        static void Add(double[] sum, double runs, TimeSpan time)
        {
            sum[0] += runs;
            sum[1] += time.TotalMicroseconds;
        }

        static double Of(double[] sum) => sum[1] / sum[0];

        string[] Row(string who, double[] sum) => [who, Number(Of(sum)), Ratio(Of(sum) / Of(floor))];
    }

    /// <summary>The same time by kinds of work: what of it is the kernel's, and for what.</summary>
    private static async Task ProfileAsync(Setting setting, Deployed deployed, SectionReport report, double perRun, double floor)
    {
        var time = setting.For(6);
        var load = LoadProgram.ManyAsync(setting, deployed.Url, Clients, time + TimeSpan.FromSeconds(1), new Sample(""));
        var shares = await KernelProfile.TakeAsync(setting.NewDirectory("perf"), time);
        await load;
        if (shares is null)
        {
            report.Say("What kind of work that is `perf` would tell, which is not installed here or may not look.");
            return;
        }

        report.Say("The same by kinds of work, as `perf` samples all processors:");
        report.Table(
            ["what", "share", "microseconds a run", "to the floor"],
            shares.Select(share => (IReadOnlyList<string>)[share.Kind, FormattableString.Invariant($"{share.Share:0.0 %}"), Number(share.Share * perRun), Ratio(share.Share * perRun / floor)]));
        var own = shares.Where(share => share.Kind.StartsWith("launcher", StringComparison.Ordinal) || share.Kind.StartsWith("the kernel", StringComparison.Ordinal)).Sum(share => share.Share) * perRun;
        report.Say(FormattableString.Invariant($"A fresh sandbox for each run costs {own:0} µs of kernel work beside the command ({own / floor:0.00} of the floor): that alone bounds the rate to {floor / (floor + own):0.00} of the floor's, with a server that costs nothing. An engine that uses a sandbox twice does not pay for it, and cannot promise that nothing of the last run is left."));
    }

    private static string Ms(double milliseconds) => FormattableString.Invariant($"{milliseconds:0.00}");

    private static string Number(double value) => value.ToString("0", CultureInfo.InvariantCulture);

    private static string Ratio(double value) => FormattableString.Invariant($"{value:0.00} ×");
}
