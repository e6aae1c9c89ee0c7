using System.CommandLine;
using SandboxApi.Bench.Floor;
using SandboxApi.Bench.Report;
using SandboxApi.Bench.Sections;

// Measures everything side by side in one run and writes docs/performance.md: make bench, or dotnet run -c Release --project bench/SandboxApi.Bench -- --help
(string Name, Func<Setting, Task<SectionReport>> Measure)[] sections =
[
    ("latency", LatencySection.MeasureAsync),
    ("budget", BudgetSection.MeasureAsync),
    ("throughput", ThroughputSection.MeasureAsync),
    ("bytes", BytesSection.MeasureAsync),
    ("ready", ReadinessSection.MeasureAsync),
    ("growth", GrowthSection.MeasureAsync),
    ("micro", MicroSection.MeasureAsync),
];
var output = new Option<string>("--output") { Description = "The page to write; plots go into a directory beside it.", DefaultValueFactory = _ => "docs/performance.md" };
var scale = new Option<double>("--scale") { Description = "How much is measured: 1 for a report, 0.1 for a look.", DefaultValueFactory = _ => 1 };
var only = new Option<string[]>("--only") { Description = $"Sections to measure: {string.Join(", ", sections.Select(s => s.Name))}.", AllowMultipleArgumentsPerToken = true };
only.AcceptOnlyFromAmong([.. sections.Select(s => s.Name)]);
var against = new Option<string[]>("--against") { Description = "Another sandbox server to measure beside, as NAME=URL." };
var command = new RootCommand("Measures SandboxApi against the floor and whatever else is here.") { output, scale, only, against };
command.SetAction(async parsed =>
{
    var servers = new Dictionary<string, Uri>();
    foreach (var server in parsed.GetValue(against) ?? [])
    {
        var at = server.IndexOf('=', StringComparison.Ordinal);
        if (at < 1 || !Uri.TryCreate(server[(at + 1)..].TrimEnd('/') + "/", UriKind.Absolute, out var url))
        {
            await Console.Error.WriteLineAsync($"bench: --against {server}: must be NAME=URL, such as go-judge=http://127.0.0.1:5050");
            return 2;
        }

        servers[server[..at]] = url;
    }

    var directory = Directory.CreateTempSubdirectory("sandbox-bench-").FullName;
    try
    {
        await using var floor = await FloorProgram.StartAsync(directory, Setting.Script);
        var setting = new Setting(directory, floor, parsed.GetValue(scale), servers);
        var wanted = parsed.GetValue(only) is { Length: > 0 } names ? names : [.. sections.Select(s => s.Name)];
        var reports = new List<SectionReport>();
        foreach (var (name, measure) in sections.Where(s => wanted.Contains(s.Name)))
        {
            await Console.Error.WriteLineAsync($"measuring {name}...");
            var report = await measure(setting);
            reports.Add(report);
            Console.WriteLine($"\n{report.Title}\n\n{report.Text}");
            foreach (var row in report.Targets)
                Console.WriteLine($"{row.IsMet switch { true => "met    ", false => "NOT MET", null => "-      " }} {row.What}: {row.Measured} ({row.Target})");
        }

        await PerformancePage.WriteAsync(parsed.GetValue(output)!, reports);
        return 0;
    }
    finally
    {
        Directory.Delete(directory, recursive: true);
    }
});
return await command.Parse(args).InvokeAsync();
