using System.Diagnostics;
using System.Text.Json;
using SandboxApi.FunctionalTests.Fixtures;

namespace SandboxApi.SecurityTests.Doctor;

/// <summary>The <c>sandbox</c> program beside the tests, started where something was taken away.</summary>
internal sealed class SandboxProgram(string[] removal, string dataDirectory, IReadOnlyList<string> options)
{
    public Task<(int ExitCode, string Output, string Error)> ExecAsync(params string[] more) => RunAsync(["exec", .. Common(), .. more, "true"]);

    /// <summary>Runs a command of its own.</summary>
    public Task<(int ExitCode, string Output, string Error)> ExecCommandAsync(string command, params string[] more) => RunAsync(["exec", .. Common(), .. more, command]);

    public async Task<(int ExitCode, IReadOnlyList<Diagnosis> Findings)> DoctorAsync(params string[] more)
    {
        var (exitCode, output, error) = await RunAsync(["doctor", "--json", .. Common(), .. more]);
        exitCode.ShouldBeInRange(0, 1, output + error);
        error.ShouldBeEmpty();
        using var document = JsonDocument.Parse(output);
        document.RootElement.GetProperty("ok").GetBoolean().ShouldBe(exitCode == 0);
        return (exitCode, [.. document.RootElement.GetProperty("findings").EnumerateArray().Select(Diagnosis.Read)]);
    }

    private IEnumerable<string> Common() => [.. options, .. options.Contains("--data-directory") ? [] : new[] { "--data-directory", dataDirectory }, .. TestHost.Waived.SelectMany(name => new[] { "--waive", name })];

    private async Task<(int ExitCode, string Output, string Error)> RunAsync(IEnumerable<string> arguments)
    {
        Assert.SkipUnless(File.Exists(ServerProcess.Program), "the program 'sandbox' is not beside the tests");
        string[] command = [.. removal, ServerProcess.Program, .. arguments];
        using var process = new Process
        {
            StartInfo = new ProcessStartInfo(command[0], command[1..])
            {
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
                Environment = { ["HOME"] = dataDirectory },
            },
        };
        try
        {
            process.Start();
        }
        catch (System.ComponentModel.Win32Exception exception)
        {
            Assert.Skip($"{command[0]} cannot be started here: {exception.Message}");
        }

        process.StandardInput.Close();
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60 * TestHost.Slowness));
        var output = process.StandardOutput.ReadToEndAsync(limit.Token);
        var error = process.StandardError.ReadToEndAsync(limit.Token);
        try
        {
            await process.WaitForExitAsync(limit.Token);
            return (process.ExitCode, await output, await error);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"'{string.Join(' ', arguments)}' did not end.");
        }
    }
}

/// <summary>A finding as <c>doctor --json</c> prints it.</summary>
internal sealed record Diagnosis(string Name, string Status, string Detail, string? Fix, string? Protection)
{
    public static Diagnosis Read(JsonElement json)
    {
        json.EnumerateObject().Select(p => p.Name).ShouldBe(["name", "status", "detail", "fix", "protection"]);
        return new(json.GetProperty("name").GetString()!, json.GetProperty("status").GetString()!, json.GetProperty("detail").GetString()!, json.GetProperty("fix").GetString(), json.GetProperty("protection").GetString());
    }
}
