using SandboxApi.FunctionalTests.Fixtures;
using Xunit.Runner.InProc.SystemConsole;

namespace SandboxApi.SecurityTests.Matrix;

/// <summary><c>here [RUNNER_ARGUMENT...]</c>: runs the suite on this host as it is and prints the matrix of it; ends with 1 when anything is open.</summary>
/// <remarks>One process for both: in cgroup version 2 an ordinary user's program has to be alone in its cgroup, without a script that waits for it.</remarks>
internal static class HereCommand
{
    private const string Kind = "here";

    public static async Task<int> RunAsync(string[] arguments, TextWriter output)
    {
        using var reports = new TemporaryDirectory();
        await ConsoleRunner.Run(["-noLogo", "-result-xml", Path.Combine(reports.Path, Kind + ".xml"), .. arguments]);
        return MatrixCommand.Run([reports.Path, Kind], output);
    }
}
