using System.Diagnostics;
using System.Globalization;

namespace SandboxApi.Bench.Floor;

/// <summary>A small native program that starts the same command with the same variables, and nothing else: what it needs no engine can go below.</summary>
internal sealed class FloorProgram : IAsyncDisposable
{
    // As the sandbox sets them. The locale, which alone costs a shell some sixty system calls, is chosen.
    private static readonly Dictionary<string, string?> s_variables = new()
    {
        ["HOME"] = "/tmp",
        ["USER"] = "student",
        ["LOGNAME"] = "student",
        ["SHELL"] = "/bin/bash",
        ["PATH"] = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        ["PYTHONPATH"] = "/utils/libs/:",
        ["TERM"] = "dumb",
    };

    private readonly string _path;
    private readonly string _locale;
    private readonly Process _one;

    private FloorProgram(string path, string script, string locale)
    {
        _path = path;
        _locale = locale;
        _one = Start(["one", script]);
    }

    /// <summary>Compiles the program and starts it for one script.</summary>
    /// <param name="directory">For the program; of its own for each.</param>
    /// <param name="script">What the shell runs.</param>
    /// <param name="locale">Of the shell; a sandbox's by default.</param>
    /// <exception cref="InvalidOperationException">There is no gcc, or it failed.</exception>
    public static async Task<FloorProgram> StartAsync(string directory, string script, string locale = "C.UTF-8")
    {
        var path = await NativeProgram.CompileAsync(directory, "floor");
        return new FloorProgram(path, script, locale);
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
        using var process = Start(["rate", $"{workers}", FormattableString.Invariant($"{time.TotalMilliseconds:0}"), script]);
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

    private Process Start(string[] arguments)
    {
        var start = new ProcessStartInfo(_path, arguments) { RedirectStandardInput = true, RedirectStandardOutput = true };
        start.Environment.Clear();
        foreach (var (name, value) in s_variables)
            start.Environment[name] = value;
        start.Environment["LANG"] = start.Environment["LC_ALL"] = _locale;
        return Process.Start(start)!;
    }
}
