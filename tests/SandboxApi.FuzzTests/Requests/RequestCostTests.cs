using System.Diagnostics;
using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Http;
using SandboxApi.FuzzTests.Fuzzing;
using SandboxApi.Server.Execute;

namespace SandboxApi.FuzzTests.Requests;

/// <summary>Looks for the request that costs the server most for the bytes that its sender pays: an input that is dearer than all before is kept and mutated further. The dearest that were found are in the corpus.</summary>
public sealed class RequestCostTests : IDisposable
{
    /// <summary>Bytes of memory that reading a request may take in all, for each byte sent, however short-lived (SPECIFICATION 18.24).</summary>
    private const double MostAllocatedForEach = 200;

    /// <summary>What every request may take beside: buffers.</summary>
    private const long Allowance = 1 << 20;

    /// <summary>Far above what it takes on any machine: only what grows faster than the input can be so slow.</summary>
    private static readonly TimeSpan s_mostTime = TimeSpan.FromSeconds(20);

    private const int Longest = 1 << 18;

    private readonly SandboxServerOptions _options = new();
    private readonly string _directory = Directory.CreateTempSubdirectory("fuzz-cost-").FullName;

    private double _worst;
    private byte[] _dearest = [];

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact(Timeout = 3_600_000)]
    public async Task What_a_request_costs_grows_no_faster_than_what_is_sent()
    {
        using var spool = Spool.Open(_directory);
        var reader = new ExecuteRequestReader(_options, spool);
        await new Fuzzer("cost", Mutate, async input =>
        {
            var line = Array.IndexOf(input, (byte)'\n');
            var context = new DefaultHttpContext();
            context.Request.Method = "POST";
            context.Request.ContentType = Encoding.Latin1.GetString(input, 0, Math.Max(0, line));
            context.Request.Body = new MemoryStream(input[(line + 1)..]);
            var (before, began) = (GC.GetTotalAllocatedBytes(precise: true), Stopwatch.GetTimestamp());
            var what = "read";
            try
            {
                await using var request = await reader.ReadAsync(context, context.RequestAborted);
            }
            catch (SandboxException exception)
            {
                what = exception.Code.ToString();
            }

            Stopwatch.GetElapsedTime(began).ShouldBeLessThan(s_mostTime);
            var allocated = GC.GetTotalAllocatedBytes(precise: true) - before;
            var each = Math.Max(0, allocated - Allowance) / (double)input.Length;
            if (each > _worst)
                (_worst, _dearest) = (each, input);
            each.ShouldBeLessThan(MostAllocatedForEach);

            // Dearer than anything before it is new.
            return string.Create(CultureInfo.InvariantCulture, $"{what} {Math.Floor(each)}");
        }).RunAsync();
        if (_dearest.Length > 0)
        {
            var path = Path.Combine(Path.GetTempPath(), "cost-dearest");
            await File.WriteAllBytesAsync(path, _dearest, TestContext.Current.CancellationToken);
            TestContext.Current.TestOutputHelper?.WriteLine($"The dearest takes {_worst:0.0} bytes for each of its {_dearest.Length}; it is kept in {path}");
        }
    }

    /// <summary>What costs little once is repeated, so that it shows beside what every request costs.</summary>
    private static byte[] Mutate(Random random, byte[] input, FuzzCorpus corpus)
    {
        if (random.Next(3) == 0)
            input = RequestMutator.Mutate(random, input, corpus);
        if (random.Next(4) == 0 || input.Length < 2)
            return input.Length <= Longest ? input : input[..Longest];
        var at = random.Next(input.Length);
        var piece = input.AsSpan(at, Math.Min(input.Length - at, random.Next(2) == 0 ? random.Next(1, 5) : random.Next(1, 80)));
        var times = Math.Min(1 << random.Next(4, 17), Longest / piece.Length);
        var repeated = new byte[piece.Length * times];
        for (var i = 0; i < times; i++)
            piece.CopyTo(repeated.AsSpan(i * piece.Length));
        byte[] longer = [.. input.AsSpan(0, at), .. repeated, .. input.AsSpan(at)];
        return longer.Length <= Longest ? longer : [.. input.AsSpan(0, Math.Min(at, Longest / 2)), .. repeated.AsSpan(0, Math.Min(repeated.Length, Longest / 2))];
    }
}
