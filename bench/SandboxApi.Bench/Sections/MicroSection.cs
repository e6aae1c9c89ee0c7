using System.Globalization;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Loggers;
using BenchmarkDotNet.Reports;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using SandboxApi.Bench.Micro;
using SandboxApi.Bench.Report;

namespace SandboxApi.Bench.Sections;

/// <summary>The parts of the path, each alone.</summary>
internal static class MicroSection
{
    public static Task<SectionReport> MeasureAsync(Setting setting)
    {
        var report = new SectionReport("Parts of the path");
        report.Say("Measured by BenchmarkDotNet, each part alone.");
        var summaries = new[] { typeof(RequestBenchmarks), typeof(EngineBenchmarks), typeof(ArchiveBenchmarks) }.Select(type => BenchmarkRunner.Run(type, Config(setting)));
        report.Table(["", "mean", "deviation", "allocated"], summaries.SelectMany(summary => summary.Reports).Select(Row));
        return Task.FromResult(report);
    }

    private static ManualConfig Config(Setting setting) => ManualConfig.CreateEmpty()
        .AddJob(Job.Default.WithToolchain(InProcessEmitToolchain.Instance)
            .WithWarmupCount(setting.Scale < 1 ? 1 : 3)
            .WithIterationCount(setting.Scale < 1 ? 3 : 10)
            .WithIterationTime(Perfolizer.Horology.TimeInterval.FromMilliseconds(setting.Scale < 1 ? 50 : 250)))
        .AddLogger(NullLogger.Instance)
        .AddColumnProvider(BenchmarkDotNet.Columns.DefaultColumnProviders.Instance)
        .WithArtifactsPath(setting.NewDirectory("micro"));

    private static string[] Row(BenchmarkReport report)
    {
        var name = report.BenchmarkCase.Descriptor.WorkloadMethodDisplayInfo.Trim('\'');
        if (report.BenchmarkCase.HasParameters)
            name += ": " + report.BenchmarkCase.Parameters.Items[0].Value;
        if (report.ResultStatistics is not { } statistics)
            throw new InvalidOperationException($"'{name}' could not be measured: {string.Join(' ', report.ExecuteResults.SelectMany(result => result.Results))}");
        return [name, Time(statistics.Mean), Time(statistics.StandardDeviation), Bytes(report.GcStats.GetBytesAllocatedPerOperation(report.BenchmarkCase) ?? 0)];
    }

    private static string Time(double nanoseconds) => nanoseconds switch
    {
        < 1e3 => FormattableString.Invariant($"{nanoseconds:0} ns"),
        < 1e6 => FormattableString.Invariant($"{nanoseconds / 1e3:0.0} µs"),
        _ => FormattableString.Invariant($"{nanoseconds / 1e6:0.00} ms"),
    };

    private static string Bytes(long bytes) => bytes < 10_000 ? bytes.ToString("#,0 B", CultureInfo.InvariantCulture) : (bytes / 1024).ToString("#,0 KiB", CultureInfo.InvariantCulture);
}
