using System.Diagnostics;

namespace SandboxApi.Cli.Tests;

/// <summary>Runs a program to its end.</summary>
internal static class ProcessRun
{
    /// <summary>The command line: the one that TEST_SANDBOX names (as it is published, say), else as it was built beside the tests.</summary>
    internal static string Sandbox => Environment.GetEnvironmentVariable("TEST_SANDBOX") is { Length: > 0 } given ? given : Path.Combine(AppContext.BaseDirectory, "sandbox");

    /// <summary>Whether it is the native program rather than one that .NET runs, which takes closed descriptors for itself before our first line.</summary>
    internal static bool IsNative => !File.Exists(Path.Combine(Path.GetDirectoryName(Sandbox)!, "sandbox.dll"));

    /// <summary>The root of the repository.</summary>
    internal static string Repository
    {
        get
        {
            var directory = new DirectoryInfo(AppContext.BaseDirectory);
            while (!File.Exists(Path.Combine(directory.FullName, "SandboxApi.slnx")))
                directory = directory.Parent ?? throw new InvalidOperationException("The tests lie outside the repository.");
            return directory.FullName;
        }
    }

    internal static Task<CliResult> RunAsync(string program, IReadOnlyList<string> args, CancellationToken token) => RunAsync(program, args, _ => { }, token);

    internal static async Task<CliResult> RunAsync(string program, IReadOnlyList<string> args, Action<ProcessStartInfo> configure, CancellationToken token)
    {
        var start = new ProcessStartInfo(program, args) { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true };
        configure(start);
        using var process = Process.Start(start)!;
        try
        {
            process.StandardInput.Close();
            using var output = new MemoryStream();
            using var error = new MemoryStream();
            await Task.WhenAll(process.StandardOutput.BaseStream.CopyToAsync(output, token), process.StandardError.BaseStream.CopyToAsync(error, token));
            await process.WaitForExitAsync(token);
            return new CliResult(process.ExitCode, output.ToArray(), error.ToArray());
        }
        finally
        {
            if (!process.HasExited)
                process.Kill(entireProcessTree: true);
        }
    }
}
