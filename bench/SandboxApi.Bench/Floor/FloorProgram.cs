using System.Diagnostics;
using System.Globalization;

namespace SandboxApi.Bench.Floor;

/// <summary>A small native program that starts the same command with the same variables, and nothing else: what it needs no engine can go below.</summary>
internal sealed class FloorProgram : IAsyncDisposable
{
    // As the sandbox sets them: the locale alone costs a shell some sixty system calls.
    private static readonly Dictionary<string, string?> s_variables = new()
    {
        ["HOME"] = "/tmp",
        ["USER"] = "student",
        ["LOGNAME"] = "student",
        ["SHELL"] = "/bin/bash",
        ["PATH"] = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        ["PYTHONPATH"] = "/utils/libs",
        ["LANG"] = "C.UTF-8",
        ["LC_ALL"] = "C.UTF-8",
    };

    private readonly string _path;
    private readonly Process _one;

    private FloorProgram(string path, string script)
    {
        _path = path;
        _one = Start(path, ["one", script]);
    }

    /// <summary>Compiles the program and starts it for one script.</summary>
    /// <exception cref="InvalidOperationException">There is no gcc, or it failed.</exception>
    public static async Task<FloorProgram> StartAsync(string directory, string script)
    {
        var path = await NativeProgram.CompileAsync(directory, "floor");
        return new FloorProgram(path, script);
    }

    /// <summary>Milliseconds of one command, measured by the program itself.</summary>
    public async Task<double> OnceAsync()
    {
        await _one.StandardInput.WriteLineAsync("1");
        await _one.StandardInput.FlushAsync();
        var line = await _one.StandardOutput.ReadLineAsync() ?? throw new InvalidOperationException("the floor program ended");
        return long.Parse(line, CultureInfo.InvariantCulture) / 1e6;
    }

    /// <summary>Commands per second with so many processes that each start one after another.</summary>
    public async Task<double> RateAsync(int workers, TimeSpan time, string script)
    {
        using var process = Start(_path, ["rate", $"{workers}", FormattableString.Invariant($"{time.TotalMilliseconds:0}"), script]);
        var count = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return long.Parse(count, CultureInfo.InvariantCulture) / time.TotalSeconds;
    }

    public async ValueTask DisposeAsync()
    {
        _one.StandardInput.Close();
        await _one.WaitForExitAsync();
        _one.Dispose();
    }

    private static Process Start(string path, string[] arguments)
    {
        var start = new ProcessStartInfo(path, arguments) { RedirectStandardInput = true, RedirectStandardOutput = true };
        start.Environment.Clear();
        foreach (var (name, value) in s_variables)
            start.Environment[name] = value;
        return Process.Start(start)!;
    }
}
