using System.Diagnostics;
using System.Globalization;
using SandboxApi.Bench.Measuring;
using SandboxApi.Bench.Sections;

namespace SandboxApi.Bench.Floor;

/// <summary>A small native client that asks a server for the usual command, and measures.</summary>
internal sealed class LoadProgram : IAsyncDisposable
{
    private const string Body = $$"""{"commands": ["{{Setting.Script}}"]}""";

    // As the answer's JSON has the command's output.
    private const string Expected = "\"4\"";

    private readonly Process _one;

    private LoadProgram(Process one) => _one = one;

    public static async Task<LoadProgram> StartAsync(Setting setting, Uri url)
    {
        var path = await NativeProgram.CompileAsync(setting.Directory, "load");
        return new LoadProgram(Process.Start(new ProcessStartInfo(path, ["one", $"{url.Port}", Body, Expected]) { RedirectStandardInput = true, RedirectStandardOutput = true })!);
    }

    /// <summary>Milliseconds of one request over the connection that is kept.</summary>
    public async Task<double> OnceAsync()
    {
        await _one.StandardInput.WriteLineAsync("1");
        await _one.StandardInput.FlushAsync();
        var line = await _one.StandardOutput.ReadLineAsync() ?? throw new InvalidOperationException("the load program ended");
        return long.Parse(line, CultureInfo.InvariantCulture) / 1e6;
    }

    /// <summary>Waits for a server that starts, and for its first answer.</summary>
    public static async Task FirstAsync(Setting setting, Uri url)
    {
        var path = await NativeProgram.CompileAsync(setting.Directory, "load");
        using var process = Process.Start(path, ["first", $"{url.Port}", Body, Expected]);
        await process.WaitForExitAsync();
        if (process.ExitCode != 0)
            throw new InvalidOperationException("the first answer was not the one expected");
    }

    /// <summary>So many clients, each one request after another; what they got is added to the sample.</summary>
    public static async Task<LoadResult> ManyAsync(Setting setting, Uri url, int clients, TimeSpan time, Sample times)
    {
        var path = await NativeProgram.CompileAsync(setting.Directory, "load");
        using var process = Process.Start(new ProcessStartInfo(path, ["many", $"{url.Port}", Body, Expected, $"{clients}", FormattableString.Invariant($"{time.TotalMilliseconds:0}")]) { RedirectStandardOutput = true })!;
        var head = (await process.StandardOutput.ReadLineAsync() ?? throw new InvalidOperationException("the load program failed")).Split(' ');
        while (await process.StandardOutput.ReadLineAsync() is { } line)
            times.Add(long.Parse(line, CultureInfo.InvariantCulture) / 1e6);
        await process.WaitForExitAsync();
        return new LoadResult(Number(0), Number(1), Number(2), TimeSpan.FromMicroseconds(Number(3) / 1e3));

        long Number(int at) => long.Parse(head[at], CultureInfo.InvariantCulture);
    }

    public async ValueTask DisposeAsync()
    {
        _one.StandardInput.Close();
        await _one.WaitForExitAsync();
        _one.Dispose();
    }
}

/// <summary>What many requests came to.</summary>
/// <param name="Runs">Right answers.</param>
/// <param name="Busy">Answers 503.</param>
/// <param name="Errors">All others.</param>
/// <param name="Took">From the first request to the last answer.</param>
internal sealed record LoadResult(long Runs, long Busy, long Errors, TimeSpan Took);
