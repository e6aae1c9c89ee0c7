namespace SandboxApi.Cli.Tests.Execution;

public sealed class RunTableTests
{
    [Theory]
    [InlineData(60)]
    [InlineData(80)]
    [InlineData(120)]
    public async Task Every_command_has_one_line_whatever_the_terminal(int columns)
    {
        var command = Results.Command("gcc -O2 -Wall -Wextra main.c other.c -o main && echo a line that is longer than the terminal", verdict: Verdict.CpuTime) with { CpuTime = TimeSpan.FromMilliseconds(1234), MemoryPeak = 1023L << 20, Time = TimeSpan.FromMilliseconds(123.4) };
        var cli = new Cli { ErrorIsTerminal = true, Columns = columns };
        cli.Variables["NO_COLOR"] = "1";
        cli.Sandbox.OnExecute = (_, _) => Task.FromResult(Results.Ok(command));

        var lines = (await cli.RunAsync("exec", "--verbose", "--server", "http://x", "ls -l")).Error.Split('\n').Select(WithoutStyles).ToArray();

        lines.ShouldAllBe(line => line.TrimEnd().Length <= columns);
        lines.Single(line => line.Contains("cpu_time", StringComparison.Ordinal)).ShouldStartWith("cpu_time  0     123.4 ms  1.234 s   1023 MiB  gcc -O");
    }

    private static string WithoutStyles(string line) => System.Text.RegularExpressions.Regex.Replace(line, @"\e\[[0-9;]*m", "");
}
