using System.Diagnostics;
using SandboxApi;
using SandboxApi.EchoTimes;

// Times of one echo: plain, embedded, over HTTP; interleaved in one run, so that whatever else the machine does hits all alike.
// dotnet run -c Release --project bench/SandboxApi.EchoTimes [ROUNDS]
const string Script = "echo $((2+2))";
var rounds = args.Length > 0 ? int.Parse(args[0], System.Globalization.CultureInfo.InvariantCulture) : 500;
var data = Directory.CreateTempSubdirectory("echo-times-").FullName;
await using var local = await LocalSandbox.StartAsync(new LocalSandboxOptions { PoolSize = 4, DataDirectory = data });
var options = new SandboxServerOptions();
options.Urls.Clear();
options.Urls.Add("http://127.0.0.1:0");
await using var server = await SandboxServer.StartAsync(local, options);
using var client = new SandboxClient(server.Url);
var config = ExecutionConfig.Of(Script);

(string Name, Func<Task> Run, List<double> Times)[] ways =
[
    ("plain bash -c (posix_spawn)", () => { PlainSpawn.Run(Script); return Task.CompletedTask; }, []),
    ("embedded (LocalSandbox)", () => local.ExecuteAsync(config), []),
    ("over HTTP (SandboxClient, Kestrel)", () => client.ExecuteAsync(config), []),
];
for (var round = -50; round < rounds; round++)
{
    foreach (var (_, run, times) in ways)
    {
        var began = Stopwatch.GetTimestamp();
        await run();
        if (round >= 0)
            times.Add(Stopwatch.GetElapsedTime(began).TotalMilliseconds);

        // The successor of the sandbox just used is made now, not at the next one's expense.
        await Task.Delay(3);
    }
}

Console.WriteLine($"{"",-36}{"p50 ms",9}{"p99 ms",9}{"to plain",10}");
var floor = Percentile(ways[0].Times, 50);
foreach (var (name, _, times) in ways)
    Console.WriteLine($"{name,-36}{Percentile(times, 50),9:0.00}{Percentile(times, 99),9:0.00}{Percentile(times, 50) / floor,10:0.00}");
Directory.Delete(data, recursive: true);

static double Percentile(List<double> times, int percent)
{
    times.Sort();
    return times[Math.Min(times.Count - 1, times.Count * percent / 100)];
}
