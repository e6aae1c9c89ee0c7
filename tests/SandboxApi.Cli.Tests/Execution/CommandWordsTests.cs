namespace SandboxApi.Cli.Tests.Execution;

/// <summary>What on a command line is one command.</summary>
public sealed class CommandWordsTests
{
    [Theory]
    [InlineData("ls -la", "--", "ls", "-la")]
    [InlineData("echo hello world", "--", "echo", "hello", "world")]
    [InlineData("python3 -c 'print(1)'", "--", "python3", "-c", "print(1)")]
    [InlineData("ls", "--", "ls")]
    [InlineData("'/opt/My Tool/run' -v", "--", "/opt/My Tool/run", "-v")]
    [InlineData("./main --json --server x", "--", "./main", "--json", "--server", "x")]
    [InlineData("./main -- -q", "--quiet", "--", "./main", "--", "-q")]
    public async Task After_two_dashes_comes_one_command_by_its_words(string expected, params string[] args)
    {
        var cli = new Cli();

        (await cli.RunAsync(["exec", .. args])).ExitCode.ShouldBe(0);

        cli.Sandbox.Config!.Commands.ShouldHaveSingleItem().Text.ShouldBe(expected);
    }

    [Theory]
    [InlineData("gcc main.c -o main|./main", "gcc main.c -o main", "./main")]
    [InlineData("make|./main", "-c", "make", "-c", "./main")]
    [InlineData("make|./main", "-c", "make", "./main")]
    [InlineData("-make lint|make test", "-c", "-make lint", "-c", "make test")]
    [InlineData("make all|./main -v", "make all", "--", "./main", "-v")]
    [InlineData("./main", "./main", "--memory", "1GiB")]
    [InlineData("./main", "-q", "./main")]
    [InlineData("a;b|c", "a;b", "c")]
    public async Task Quoted_arguments_and_values_of_c_are_one_command_each(string expected, params string[] args)
    {
        var cli = new Cli();

        (await cli.RunAsync(["exec", .. args])).ExitCode.ShouldBe(0);

        string.Join('|', cli.Sandbox.Config!.Commands.Select(command => command.Text)).ShouldBe(expected);
    }

    [Theory]
    [InlineData("`sandbox exec -- echo hello world` for one command with its arguments, or `sandbox exec -c echo -c hello -c world` for 3 commands", "echo", "hello", "world")]
    [InlineData("`sandbox exec -- echo 'hello world'`", "echo", "hello world")]
    [InlineData("`sandbox exec -- python3 -c 'print(1)'` for one command with its arguments, or `sandbox exec -c python3 -c 'print(1)'` for 2 commands", "python3", "-c", "print(1)")]
    [InlineData("`sandbox exec -- ls -d /tmp` for one command with its arguments, or `sandbox exec -d /tmp -c ls`", "ls", "-d", "/tmp")]
    [InlineData("`sandbox exec -- ls -la`", "ls", "-la")]
    [InlineData("`sandbox exec -- ./main -v`", "./main", "-v")]
    [InlineData("`sandbox exec -c 'echo a' -c 'echo b'`", "--", "echo a", "echo b")]
    [InlineData("`sandbox exec -c 'cat /etc/passwd'`", "--", "cat /etc/passwd")]
    [InlineData("-c '-make lint'", "--", "-make", "lint")]
    [InlineData("-c '-make lint'", "-make lint")]
    public async Task What_may_be_meant_either_way_is_refused_with_the_right_forms(string expected, params string[] args)
    {
        var cli = new Cli();

        var result = await cli.RunAsync(["exec", .. args]);

        result.ExitCode.ShouldBe(125);
        result.ErrorLine.ShouldContain(expected);
        cli.Sandbox.Config.ShouldBeNull();
    }

    [Fact]
    public async Task A_key_is_not_printed_back()
    {
        var result = await new Cli().RunAsync("exec", "echo", "hello", "--server", "http://x", "--api-key", "secret");

        result.ErrorLine.ShouldContain("-- echo hello`");
        result.Error.ShouldNotContain("secret");
    }
}
