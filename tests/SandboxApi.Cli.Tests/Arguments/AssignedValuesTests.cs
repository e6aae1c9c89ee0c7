namespace SandboxApi.Cli.Tests.Arguments;

public sealed class AssignedValuesTests
{
    [Theory]
    [InlineData("--memory has an empty value: give a number of bytes", "exec", "--memory=", "true")]
    [InlineData("--timeout has an empty value: give a number of seconds", "exec", "--timeout", "", "true")]
    [InlineData("--dir has an empty value: give DIR behind it, or leave it out", "exec", "--dir=", "ls")]
    [InlineData("-d has an empty value: give DIR behind it, or leave it out", "exec", "-d", "", "ls")]
    [InlineData("--server has an empty value: give URL behind it, or leave it out", "exec", "--server", "", "ls")]
    [InlineData("--file has an empty value: give PATH[=NAME] behind it, or leave it out", "exec", "--file", "", "ls")]
    [InlineData("--json takes no value: write it alone, or leave it out", "exec", "--json=false", "ls")]
    [InlineData("--save takes no value: write it alone, or leave it out", "exec", "ls -l", "--save=false")]
    [InlineData("--env '=x' has no name: give NAME=VALUE", "exec", "--env", "=x", "ls")]
    public async Task No_other_word_is_taken_for_a_value_that_is_missing(string expected, params string[] args)
    {
        var cli = new Cli();

        var result = await cli.RunAsync(args);

        result.ExitCode.ShouldBe(125);
        result.ErrorLine.ShouldContain(expected);
        cli.Sandbox.Config.ShouldBeNull();
    }

    [Fact]
    public async Task A_text_may_be_empty_and_what_stands_behind_two_dashes_is_left_alone()
    {
        var cli = new Cli();

        (await cli.RunAsync("exec", "--stdin-text=", "-c=", "--memory=64M", "--", "grep", "--json=false", "--dir=")).ExitCode.ShouldBe(0);

        cli.Sandbox.Config!.Stdin.ShouldBe("");
        cli.Sandbox.Config.Commands.Select(command => command.Text).ShouldBe(["", "grep '--json=false' '--dir='"]);
    }

    [Theory]
    [InlineData("--memory '99999999999G' cannot be used: it must be at most 1 PiB", "--memory", "99999999999G")]
    [InlineData("--memory '0' cannot be used: it must be at least 1 byte", "--memory", "0")]
    [InlineData("--timeout '25h' cannot be used: it must be at most 24h", "--timeout", "25h")]
    [InlineData("--timeout '99999999999999999999h' cannot be used: it must be at most 24h", "--timeout", "99999999999999999999h")]
    [InlineData("--processes '-99999999999999999999' cannot be used: it must be greater than 0", "--processes", "-99999999999999999999")]
    [InlineData("--waive 'memroy' is none of network, memory, swap, processes, cpu-time, cpu, cpuset, io: did you mean memory?", "--waive", "memroy")]
    public async Task A_value_out_of_range_is_not_called_unreadable(string expected, params string[] args)
    {
        var result = await new Cli().RunAsync(["exec", .. args, "true"]);

        result.ExitCode.ShouldBe(125);
        result.ErrorLine.ShouldBe("sandbox: " + expected);
    }
}
