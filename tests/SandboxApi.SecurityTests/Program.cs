using SandboxApi.SecurityTests;
using SandboxApi.SecurityTests.Matrix;
using Xunit.MicrosoftTestingPlatform;
using Xunit.Runner.InProc.SystemConsole;

// The suite's program is the test runner, and writes the matrix from the runner's reports: what a report means is known here, and
// wherever the suite can run the matrix can be written.
return args switch
{
    ["matrix", .. var rest] => MatrixCommand.Run(rest, Console.Out),
    ["here", .. var rest] => await HereCommand.RunAsync(rest, Console.Out),
    _ when args.Any(arg => arg is "--server" or "--internal-msbuild-node") => await TestPlatformTestFramework.RunAsync(args, SelfRegisteredExtensions.AddSelfRegisteredExtensions),
    _ => await ConsoleRunner.Run(args),
};
