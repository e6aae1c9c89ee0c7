using SandboxApi.Cli.Completion;

namespace SandboxApi.Cli.Tests.Completion;

public sealed class CompleterTests
{
    [Theory]
    [InlineData("", "check completion delete doctor download environments exec help libraries serve specs usage validate version")]
    [InlineData("do", "doctor download")]
    [InlineData("delete --j", "--json")]
    [InlineData("environments --s", "--server --server-timeout")]
    [InlineData("e", "environments exec")]
    [InlineData("x", "")]
    [InlineData("--", "--help --version")]
    [InlineData("help s", "serve specs")]
    [InlineData("completion ", "bash fish zsh")]
    [InlineData("exec --std", "--stdin --stdin-file --stdin-text")]
    [InlineData("exec -", null)]
    [InlineData("libraries --section p", "perl python")]
    [InlineData("libraries --section=p", "--section=perl --section=python")]
    [InlineData("libraries --section = p", "perl python")]
    [InlineData("libraries --section =", "bin c perl python system")]
    [InlineData("exec --waive mem", "memory")]
    [InlineData("exec --memory ", "")]
    [InlineData("serve --log-f", "--log-format")]
    [InlineData("serve --log-format ", "json text")]
    [InlineData("serve --log-format=j", "--log-format=json")]
    [InlineData("serve --network h", "host")]
    [InlineData("serve --allow-public-without-key ", "false true")]
    [InlineData("serve --pool-size ", "")]
    [InlineData("serve --pool-size 4 --queue", "--queue-timeout")]
    [InlineData("specs ", "")]
    [InlineData("check ", "")]
    [InlineData("nonsense ", "")]
    public async Task Words_are_offered_by_what_they_begin_with(string line, string? expected)
    {
        var (files, words) = await CompleteAsync(line);

        if (expected is not null)
            string.Join(' ', words).ShouldBe(expected);
        var begun = line.Split(' ')[^1].TrimStart('=');
        words.ShouldAllBe(word => word.StartsWith(begun, StringComparison.Ordinal));
        files.ShouldBe("none");
    }

    [Theory]
    [InlineData("exec --dir ", "directories")]
    [InlineData("exec --dir=", "directories")]
    [InlineData("exec --dir = x", "directories")]
    [InlineData("exec --file ma", "files")]
    [InlineData("exec -d ", "directories")]
    [InlineData("exec 'a b' ./m", "files")]
    [InlineData("exec -- ls -", "files")]
    [InlineData("validate ", "files")]
    [InlineData("download 872b604c-9cce-42e2-8888-9a0311f3a724 x -o ", "files")]
    [InlineData("serve --rootfs /", "directories")]
    [InlineData("serve --config ", "files")]
    [InlineData("doctor --rootfs ", "directories")]
    public async Task Paths_are_offered_where_they_can_stand(string line, string expected)
    {
        var (files, words) = await CompleteAsync(line);

        files.ShouldBe(expected);
        words.ShouldBeEmpty();
    }

    [Fact]
    public async Task Every_setting_of_the_server_is_offered()
    {
        var (_, words) = await CompleteAsync("serve --");

        words.ShouldContain("--rootfs");
        words.ShouldContain("--api-key");
        words.Length.ShouldBeGreaterThan(40);
    }

    private static async Task<(string Files, string[] Words)> CompleteAsync(string line)
    {
        var result = await new Cli().RunAsync([Completer.CommandName, .. line.Split(' ')]);

        result.ExitCode.ShouldBe(0);
        result.Error.ShouldBeEmpty();
        var lines = result.Output.Split('\n')[..^1];
        return (lines[0], lines[1..]);
    }
}
