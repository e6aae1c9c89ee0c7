using System.Diagnostics;
using System.IO.Pipes;
using System.Text.RegularExpressions;
using SandboxApi.Server.Interop;
using SandboxApi.Server.Logging;

namespace SandboxApi.Server.Tests.Logging;

public sealed class LogSinkTests
{
    private const int Many = 20_000;

    [Fact(Timeout = 60_000)]
    public async Task Lines_that_a_reader_takes_all_come_in_order()
    {
        using var pipe = new AnonymousPipeServerStream(PipeDirection.In);
        var reading = ReadAsync(pipe);
        var sink = Open(pipe);
        for (var i = 0; i < 3000; i++)
            Write(sink, $"line {i}");
        await sink.CompleteAsync(TimeSpan.FromSeconds(30));
        pipe.DisposeLocalCopyOfClientHandle();
        sink.Dispose();
        (await reading).ShouldBe(Enumerable.Range(0, 3000).Select(i => $"line {i}"));
    }

    [Fact(Timeout = 60_000)]
    public async Task Nobody_who_logs_or_stops_waits_for_a_reader_that_stalls()
    {
        using var pipe = new AnonymousPipeServerStream(PipeDirection.In);
        var sink = Open(pipe);
        var watch = Stopwatch.StartNew();
        for (var i = 0; i < Many; i++)
            Write(sink, $"line {i} {new string('x', 100)}");
        await sink.CompleteAsync(TimeSpan.FromMilliseconds(300));
        watch.Elapsed.ShouldBeLessThan(TimeSpan.FromSeconds(10));
    }

    [Fact(Timeout = 60_000)]
    public async Task When_the_reader_is_back_it_is_told_how_many_lines_it_missed()
    {
        using var pipe = new AnonymousPipeServerStream(PipeDirection.In);
        var sink = Open(pipe);
        for (var i = 0; i < Many; i++)
            Write(sink, $"line {i} {new string('x', 100)}");
        var reading = ReadAsync(pipe);
        await sink.CompleteAsync(TimeSpan.FromSeconds(30));
        pipe.DisposeLocalCopyOfClientHandle();
        sink.Dispose();
        var lines = await reading;
        var dropped = lines.Select(line => Regex.Match(line, "^dropped ([0-9]+)$")).Where(match => match.Success).Sum(match => int.Parse(match.Groups[1].Value));
        dropped.ShouldBeGreaterThan(Many / 2);
        (lines.Count(line => line.StartsWith("line ", StringComparison.Ordinal)) + dropped).ShouldBe(Many);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_reader_that_is_gone_costs_lines_only()
    {
        var pipe = new AnonymousPipeServerStream(PipeDirection.In);
        var sink = Open(pipe);
        pipe.Dispose();
        await EndsAsync(sink);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_full_disk_costs_lines_only()
    {
        using var full = new FileStream("/dev/full", FileMode.Open, FileAccess.Write);
        await EndsAsync(new LogSink(StandardStream.Of((int)full.SafeFileHandle.DangerousGetHandle()), count => $"dropped {count}"));
    }

    [Fact(Timeout = 60_000)]
    public Task A_closed_stream_costs_lines_only() => EndsAsync(new LogSink(StandardStream.Open(-1), count => $"dropped {count}"));

    private static async Task EndsAsync(LogSink sink)
    {
        var watch = Stopwatch.StartNew();
        for (var i = 0; i < Many; i++)
            Write(sink, $"line {i}");
        await sink.CompleteAsync(TimeSpan.FromSeconds(30));
        watch.Elapsed.ShouldBeLessThan(TimeSpan.FromSeconds(20));
        sink.Dispose();
    }

    private static LogSink Open(AnonymousPipeServerStream pipe) => new(StandardStream.Of((int)pipe.ClientSafePipeHandle.DangerousGetHandle()), count => $"dropped {count}");

    private static void Write(LogSink sink, string line) => sink.Write(() => line);

    private static async Task<List<string>> ReadAsync(Stream pipe)
    {
        await Task.Yield();
        using var reader = new StreamReader(pipe, leaveOpen: true);
        return [.. (await reader.ReadToEndAsync()).Split('\n', StringSplitOptions.RemoveEmptyEntries)];
    }
}
