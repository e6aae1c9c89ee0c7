using System.Diagnostics;
using System.Globalization;
using SandboxApi.Bench.Measuring;
using SandboxApi.Bench.Report;

namespace SandboxApi.Bench.Sections;

/// <summary>How fast bytes go through: output, environments in and out.</summary>
internal static class BytesSection
{
    private const string Title = "Bytes";

    private const int OutputBytes = 10_000_000;
    private const int EnvironmentBytes = 100_000_000;

    public static async Task<SectionReport> MeasureAsync(Setting setting)
    {
        await using var deployed = await Deployed.StartAsync(setting, "--pool-size", "2", "--storage-limit", "512MiB", "--environment-limit", "512MiB", "--memory-limit", "512MiB", "--run-timeout", "60");
        await using var local = await LocalSandbox.StartAsync(new LocalSandboxOptions { PoolSize = 2, DataDirectory = setting.NewDirectory("data") });
        var place = setting.NewDirectory("bytes");
        await MakeFilesAsync(place);
        var archive = Path.Combine(place, "files.tgz");
        await RunAsync($"tar -C {place}/files -cf - . | gzip -6 > {archive}");

        var output = ExecutionConfig.Of($"head -c {OutputBytes} /dev/zero | tr '\\0' x");
        var rounds = setting.Times(8);
        var outputs = await Way.InterleavedAsync(
            [
                Way.Timed("`cat` through a pipe", () => RunAsync($"head -c {OutputBytes} /dev/zero | tr '\\0' x | cat > /dev/null")),
                Way.Timed("`stdout`, embedded", () => local.ExecuteAsync(output)),
                Way.Timed("the same, cut after 64 KiB and else thrown away: the command in its sandbox, and reading", () => local.ExecuteAsync(output with { Limits = new() { Output = 64 << 10 } })),
                Way.Timed("`stdout` over HTTP, with its way through JSON on both sides", () => deployed.Client.ExecuteAsync(output)),
            ], Math.Max(20, rounds), TimeSpan.FromMilliseconds(20));

        var environments = await Way.InterleavedAsync(
            [
                Way.Timed("`gzip -d` and `tar -x`, `tar -c` and `gzip`", () => RunAsync($"rm -rf {place}/out; mkdir {place}/out; gzip -dc {archive} | tar -C {place}/out -xf -; tar -C {place}/out -cf - . | gzip -6 > {place}/again.tgz")),
                Way.Timed("environment in and out over HTTP", () => ThereAndBackAsync(deployed, archive)),
            ], Math.Max(3, rounds / 2), TimeSpan.FromMilliseconds(20));

        var report = new SectionReport(Title);
        report.Table(["", "p50", "MB a second"], [.. Rows(outputs, OutputBytes), .. Rows(environments, EnvironmentBytes)]);
        report.Say(FormattableString.Invariant($"To keep 10 MB and make text of it takes {outputs[1].Median - outputs[2].Median:0.0} ms: the text is 20 MB of fresh pages (.NET has two bytes for a character), the bytes are 10 more, and each page is a fault of the kernel's. Without that the output would come at {outputs[0].Median / outputs[2].Median:0.00} of what `cat` gives."));
        report.Targets.Add(TargetRow.AtLeast("`stdout` of 10 MB, to `cat` through a pipe of the same", outputs[0].Median / outputs[1].Median, 0.8) with { ExplainedBy = Title });
        report.Targets.Add(TargetRow.AtLeast("environment of 100 MB in and out, to `tar` and `gzip` of the same", environments[0].Median / environments[1].Median, 0.8));
        return report;
    }

    private static async Task ThereAndBackAsync(Deployed deployed, string archive)
    {
        ExecutionResult result;
        await using (var file = File.OpenRead(archive))
            result = await deployed.Client.ExecuteAsync(ExecutionConfig.Of("true") with { Save = true }, file);
        await using var download = await deployed.Client.DownloadAsync(result.Environment ?? throw new InvalidOperationException(result.Message));
        await download.CopyToAsync(Stream.Null);
    }

    /// <summary>Text and noise, half each, in files of many sizes: as work of people looks to a compressor.</summary>
    private static async Task MakeFilesAsync(string place)
    {
        var random = new Random(1);
        var left = EnvironmentBytes;
        for (var i = 0; left > 0; i++)
        {
            var directory = Directory.CreateDirectory(Path.Combine(place, "files", $"d{i % 20}")).FullName;
            var bytes = new byte[Math.Min(left, 1 << random.Next(12, 22))];
            random.NextBytes(bytes);
            if (i % 2 == 0)
            {
                for (var at = 0; at < bytes.Length; at++)
                    bytes[at] = (byte)"etaoin shrdlu\n0123456789abcdef()[]{}=+"[bytes[at] % 38];
            }

            await File.WriteAllBytesAsync(Path.Combine(directory, $"f{i}"), bytes);
            left -= bytes.Length;
        }
    }

    private static async Task RunAsync(string script)
    {
        using var bash = Process.Start("/bin/bash", ["-c", script]);
        await bash.WaitForExitAsync();
        if (bash.ExitCode != 0)
            throw new InvalidOperationException($"exit code {bash.ExitCode}: {script}");
    }

    private static IEnumerable<IReadOnlyList<string>> Rows(IReadOnlyList<Sample> samples, int bytes) =>
        samples.Select(sample => (IReadOnlyList<string>)[sample.Name, FormattableString.Invariant($"{sample.Median:0} ms"), (bytes / 1e3 / sample.Median).ToString("0", CultureInfo.InvariantCulture)]);
}
