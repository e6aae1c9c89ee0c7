using SandboxApi.Cli.Execution;

namespace SandboxApi.Cli.Tests.Execution;

public sealed class ShellWordsTests
{
    [Fact(Timeout = 60_000)]
    public async Task Bash_reads_every_word_back_as_it_was()
    {
        string[] words = ["printf", "%s|", "", " ", "a b", "it's", "'", "''", "\"", "$HOME", "`id`", "\\", "\\n", "a\nb", "*", "~", "~root", "a=b", "{a,b}", "!", "#", "é", "\u202E", "-", "--", "\t", ";", "&&", "%", "^x^y"];

        var result = await ProcessRun.RunAsync("bash", ["-c", ShellWords.Join(words)], TestContext.Current.CancellationToken);

        result.Output.ShouldBe(string.Concat(words[2..].Select(word => word + "|")));
        result.Error.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("ls -la", "ls", "-la")]
    [InlineData("'time' ls", "time", "ls")]
    [InlineData("'if'", "if")]
    [InlineData("'A=1' env", "A=1", "env")]
    [InlineData("'-x'", "-x")]
    public void A_program_is_neither_a_keyword_nor_an_assignment(string expected, params string[] words) => ShellWords.Join(words).ShouldBe(expected);
}
