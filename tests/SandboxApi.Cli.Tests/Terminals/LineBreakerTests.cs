using SandboxApi.Cli.Terminals;

namespace SandboxApi.Cli.Tests.Terminals;

public sealed class LineBreakerTests
{
    private const string Line = "sandbox: the directory '/var/lib/sandbox-api' cannot be written: set SANDBOX_DATA_DIRECTORY to one that you may write to";

    [Theory]
    [InlineData(40)]
    [InlineData(60)]
    [InlineData(80)]
    public void Words_stay_whole_and_no_line_is_wider_than_the_terminal(int columns)
    {
        var broken = LineBreaker.Break(Line, columns);

        broken.Split('\n').ShouldAllBe(line => line.Length <= columns);
        broken.Replace("\n  ", " ", StringComparison.Ordinal).ShouldBe(Line);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(10)]
    [InlineData(500)]
    public void Where_nothing_is_gained_the_line_stays_as_it_is(int columns) => LineBreaker.Break(Line, columns).ShouldBe(Line);

    [Fact]
    public void A_page_keeps_its_indents_and_puts_an_explanation_below_its_example()
    {
        const string Page = "Examples:\n  sandbox exec 'gcc main.c -o main' ./main     two; the second after success\n  short  one\n\n      A paragraph that is indented and longer than the line.\n";

        LineBreaker.BreakPage(Page, 50).ShouldBe("Examples:\n  sandbox exec 'gcc main.c -o main' ./main\n      two; the second after success\n  short  one\n\n      A paragraph that is indented and longer than\n      the line.\n");
        LineBreaker.BreakPage(Page, 100).ShouldBe(Page);
        LineBreaker.BreakPage(Page, 0).ShouldBe(Page);
    }

    [Fact]
    public async Task Only_a_terminal_gets_broken_lines()
    {
        var args = new[] { "exec", "--server", "nonsense", "a command that is somewhat longer", "than a narrow terminal", "and", "some more" };

        (await new Cli { ErrorIsTerminal = true, Columns = 40 }.RunAsync("exec", "echo", "hello", "world", "and", "more")).Error.Split('\n').Length.ShouldBeGreaterThan(3);
        (await new Cli { Columns = 40 }.RunAsync(args)).Error.Split('\n').Length.ShouldBe(2);
    }
}
