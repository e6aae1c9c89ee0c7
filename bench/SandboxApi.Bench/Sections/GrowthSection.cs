using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using SandboxApi.Runtime;
using SandboxApi.Runtime.Pool;
using SandboxApi.Bench.Measuring;
using SandboxApi.Bench.Report;

namespace SandboxApi.Bench.Sections;

/// <summary>How cost grows with size: each is to be linear or better.</summary>
internal static class GrowthSection
{
    public static async Task<SectionReport> MeasureAsync(Setting setting)
    {
        var report = new SectionReport("How cost grows");
        report.Say("The exponent is the slope of the last half of the points on logarithmic axes: 1 is linear, less is better than linear.");
        var rows = new List<IReadOnlyList<string>>();
        await using (var deployed = await Deployed.StartAsync(setting, "--pool-size", "2", "--storage-limit", "1GiB", "--environment-limit", "1GiB", "--memory-limit", "1GiB", "--run-timeout", "120"))
        {
            await AddAsync("commands of a run", "commands", [1, 2, 5, 10, 20, 50, 100], count =>
                deployed.Client.ExecuteAsync(ExecutionConfig.Of([.. Enumerable.Repeat(new Command("true"), count)])));
            await AddAsync("bytes of output", "output", [1_000, 10_000, 100_000, 1_000_000, 10_000_000], bytes =>
                deployed.Client.ExecuteAsync(ExecutionConfig.Of($"head -c {bytes} /dev/zero | tr '\\0' x")));
            await AddArchivesAsync("bytes of an environment, in and out", "environment-bytes", [1_000, 10_000, 100_000, 1_000_000, 10_000_000, 100_000_000, (int)(500_000_000 * Math.Min(1, setting.Scale))], bytes => (1, bytes), deployed);
            await AddArchivesAsync("files of an environment, in and out", "environment-files", [1, 10, 100, 1_000, 10_000, 20_000], files => (files, 100), deployed);
        }

        await AddAsync("sandboxes in the pool: making them all and ending them", "pool", [1, 10, 100, 1_000], async size =>
        {
            var options = new LocalSandboxOptions { PoolSize = size, DataDirectory = setting.NewDirectory("pool"), QueueTimeout = TimeSpan.FromSeconds(60) };
            await using var parts = await LocalSandboxParts.StartAsync(options, NullLoggerFactory.Instance, TimeProvider.System, default);
            var leases = new List<SandboxLease>();
            while (leases.Count < size)
                leases.Add(await parts.Pool.AcquireAsync(default));
            leases.ForEach(lease => lease.Dispose());
        });
        await StoredAsync();
        report.Table(["what", "from", "to", "exponent"], rows);
        return report;

        async Task AddAsync(string what, string file, int[] sizes, Func<int, Task> run)
        {
            var points = new List<(double X, double Y)>();
            foreach (var size in sizes.Distinct())
            {
                var sample = new Sample(what);
                var began = Stopwatch.GetTimestamp();
                await run(size);
                for (var i = 0; i < setting.Times(20) && (i < 3 || Stopwatch.GetElapsedTime(began) < setting.For(5)); i++)
                {
                    var start = Stopwatch.GetTimestamp();
                    await run(size);
                    sample.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
                    await Task.Delay(3);
                }

                points.Add((size, sample.Median));
            }

            Report(what, file, points);
        }

        async Task AddArchivesAsync(string what, string file, int[] sizes, Func<int, (int Files, int Bytes)> shape, Deployed deployed)
        {
            var place = setting.NewDirectory("archives");
            var archives = sizes.Distinct().ToDictionary(size => size, size => NoiseArchive.Make(place, shape(size).Files, shape(size).Bytes));
            await AddAsync(what, file, sizes, async size =>
            {
                await using var archive = File.OpenRead(archives[size]);
                var result = await deployed.Client.ExecuteAsync(ExecutionConfig.Of("true") with { Save = true }, archive);
                await using var download = await deployed.Client.DownloadAsync(result.Environment ?? throw new InvalidOperationException(result.Message));
                await download.CopyToAsync(Stream.Null);
            });
        }

        async Task StoredAsync()
        {
            var data = setting.NewDirectory("store");
            var points = new List<(double X, double Y)>();
            var stored = 0;
            Guid one;
            await using (var local = await LocalSandbox.StartAsync(new LocalSandboxOptions { PoolSize = 1, DataDirectory = data }))
                one = (await local.ExecuteAsync(ExecutionConfig.Of("echo x > f") with { Save = true })).Environment!.Value;
            var environments = Path.Combine(data, "environments");
            foreach (var count in new[] { 1, 100, 10_000, (int)(100_000 * Math.Min(1, setting.Scale)) }.Distinct())
            {
                for (; stored < count; stored++)
                    File.Copy(Path.Combine(environments, $"{one}.tgz"), Path.Combine(environments, $"{Guid.NewGuid()}.tgz"));
                await using var local = await LocalSandbox.StartAsync(new LocalSandboxOptions { PoolSize = 1, DataDirectory = data, QueueTimeout = TimeSpan.FromSeconds(20) });
                var sample = new Sample("stored");
                for (var i = 0; i < setting.Times(40); i++)
                {
                    var start = Stopwatch.GetTimestamp();
                    await local.ExecuteAsync(ExecutionConfig.Of("true") with { Environment = one, Save = true });
                    sample.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
                }

                points.Add((count, sample.Median));
            }

            Report("environments in the store: starting from one and saving", "stored", points);
        }

        void Report(string what, string file, List<(double X, double Y)> points)
        {
            var half = points[(points.Count / 2)..];
            var exponent = half.Count < 2 ? 0 : Math.Log(half[^1].Y / half[0].Y) / Math.Log(half[^1].X / half[0].X);
            rows.Add([what, Point(points[0]), Point(points[^1]), exponent.ToString("0.00", CultureInfo.InvariantCulture)]);
            report.Draw("growth-" + file, Plots.Lines(what, what, "milliseconds", [("p50", points)], upIsLogarithmic: true));
            report.Targets.Add(TargetRow.AtMost($"growth with {what}", exponent, 1.1, "(exponent)"));
        }
    }

    private static string Point((double X, double Y) point) => FormattableString.Invariant($"{point.X:0}: {point.Y:0.0} ms");
}
