using System.Text;
using SandboxApi.FunctionalTests.Fixtures;

namespace SandboxApi.FunctionalTests.Output;

/// <summary>Output as it was written, byte for byte, for those who ask for it.</summary>
public abstract class ExactOutputTests(Subject subject) : SandboxTests(subject)
{
    private static readonly OutputForm s_exact = new() { Exact = true };

    [Theory(Timeout = Minute)]
    [InlineData("a\n")]
    [InlineData("a")]
    [InlineData("\n")]
    [InlineData(" \t\r\n \n")]
    [InlineData("\u00a0\u2003\u3000x\u2028\u0085")]
    [InlineData("\u001c\u001d\u001e\u001f")]
    [InlineData("\ufeffbom\r\n")]
    [InlineData("a\0b\0")]
    [InlineData("\ufffd")]
    [InlineData("日本語 \U0001F389\n\n")]
    public async Task Text_comes_back_with_every_byte_around_it(string text)
    {
        var result = await RunExactAsync("cat; cat in >&2", Archive.Of(("in", text)), stdin: text);

        var command = result.Execution.Single();
        command.Exact.ShouldBe(true);
        (command.Stdout, command.Stderr).ShouldBe((text, text));
        (command.StdoutUtf8, command.StderrUtf8).ShouldBe((true, true));
        Hex(command.StdoutContent).ShouldBe(Hex(text));
        Hex(command.StderrContent).ShouldBe(Hex(text));
    }

    [Fact(Timeout = Minute)]
    public async Task Bytes_that_are_no_text_come_back_as_they_are()
    {
        const string Script = """for i in $(seq 0 255); do printf "\\x$(printf %02x $i)"; done | tee all; cat all >&2""";
        byte[] all = [.. Enumerable.Range(0, 256).Select(i => (byte)i)];

        var result = await RunExactAsync(Script, resultPath: "all");

        var command = result.Execution.Single();
        result.Status.ShouldBe(0);
        Hex(command.StdoutContent).ShouldBe(Convert.ToHexString(all));
        Hex(command.StderrContent).ShouldBe(Convert.ToHexString(all));
        (command.StdoutUtf8, command.Verdict).ShouldBe((false, Verdict.Ok));
        command.Stdout.ShouldContain("\uFFFD");
        result.Result.ShouldBeNull();
        Hex(result.ResultContent).ShouldBe(Convert.ToHexString(all));
    }

    [Fact(Timeout = Minute)]
    public async Task Without_output_there_are_no_bytes_rather_than_unknown_ones()
    {
        var result = await RunExactAsync("true > r", resultPath: "r");

        result.Execution.Single().StdoutContent.ShouldNotBeNull().Length.ShouldBe(0);
        result.Result.ShouldBe("");
        result.ResultContent.ShouldNotBeNull().Length.ShouldBe(0);
    }

    [Fact(Timeout = Minute)]
    public async Task Who_does_not_ask_gets_trimmed_text_and_no_bytes()
    {
        var result = await RunAsync(new ExecutionConfig { Commands = ["echo ' a '; printf '\\xff' > r"], ResultPath = "r" });

        result.Status.ShouldBe((int)ExecutionStatus.ResultNotUtf8);
        var command = result.Execution.Single();
        (command.Stdout, command.Exact).ShouldBe(("a", null));
        (command.StdoutContent, command.StderrContent, result.ResultContent).ShouldBe((null, null, null));
    }

    [Fact(Timeout = Minute)]
    public async Task Sentences_of_the_sandbox_are_not_mixed_with_what_a_program_wrote()
    {
        var result = await RunAsync(new ExecutionConfig
        {
            Commands = [new Command("-printf ' o '; printf ' e ' >&2; sleep 60") { Timeout = TimeSpan.FromSeconds(0.5) }, "echo next"],
            Output = s_exact,
        });

        var command = result.Execution[0];
        (command.ExitCode, command.Stdout, command.Stderr).ShouldBe((-2, " o ", " e "));
        command.Message.ShouldBe("Command timed out after 0.5 seconds");
        result.Execution[1].Stdout.ShouldBe("next\n");
        result.Execution[1].Message.ShouldBeNull();
    }

    [Theory(Timeout = Minute)]
    [InlineData(1, "")]
    [InlineData(2, "")]
    [InlineData(3, "日")]
    [InlineData(4, "日")]
    [InlineData(9, "日本語")]
    public async Task A_character_that_the_limit_cuts_is_whole_in_the_bytes_only(int limit, string text)
    {
        var result = await RunExactAsync(new Command("printf 日本語日本語") { Limits = new Limits { Output = limit } });

        var command = result.Execution.Single();
        (command.Stdout, command.StdoutUtf8, command.StdoutTruncated, command.StdoutBytes).ShouldBe((text, true, true, 18));
        Hex(command.StdoutContent).ShouldBe(Hex("日本語日本語")[..(2 * limit)]);
    }

    [Fact(Timeout = Minute)]
    public async Task Of_cut_output_the_end_is_kept_where_asked_for()
    {
        var result = await RunAsync(Kept(OutputPart.Tail, exact: true, 10, "seq 100000; seq 5 >&2"));

        var command = result.Execution.Single();
        command.Stdout.ShouldBe("99\n100000\n");
        (command.StdoutTail, command.StdoutTruncated, command.Verdict).ShouldBe((null, true, Verdict.Output));
        command.StdoutBytes.ShouldBe(588_895);
        (command.Stderr, command.StderrTruncated).ShouldBe(("1\n2\n3\n4\n5\n", false));
    }

    [Fact(Timeout = Minute)]
    public async Task Of_cut_output_beginning_and_end_are_kept_where_asked_for()
    {
        var result = await RunAllAsync(Kept(OutputPart.Both, exact: true, 20, "seq 100000; seq 3 >&2"), Kept(OutputPart.Both, exact: false, 20, "echo; seq 100000"));

        var exact = result[0].Execution.Single();
        (exact.Stdout, exact.StdoutTail).ShouldBe(("1\n2\n3\n4\n5\n", "99\n100000\n"));
        Hex(exact.StdoutTailContent).ShouldBe(Hex("99\n100000\n"));
        (exact.Stderr, exact.StderrTail, exact.StderrTruncated).ShouldBe(("1\n2\n3\n", null, false));
        exact.StderrTailContent.ShouldBeNull();
        var plain = result[1].Execution.Single();
        (plain.Stdout, plain.StdoutTail, plain.StdoutTailContent).ShouldBe(("1\n2\n3\n4\n5", "99\n100000", null));
    }

    [Theory(Timeout = Minute)]
    [InlineData(OutputPart.Tail)]
    [InlineData(OutputPart.Both)]
    public async Task What_is_not_cut_is_whole_whatever_part_would_be_kept(OutputPart keep)
    {
        // As long as the limit, over several pieces; and one byte more.
        var result = await RunAllAsync(Kept(keep, exact: true, 300_000, "head -c 300000 /dev/zero"), Kept(keep, exact: true, 299_999, "head -c 300000 /dev/zero"));

        var whole = result[0].Execution.Single();
        (whole.Stdout.Length, whole.StdoutTail, whole.StdoutTruncated).ShouldBe((300_000, null, false));
        var cut = result[1].Execution.Single();
        (cut.Stdout.Length + (cut.StdoutTail?.Length ?? 0), cut.StdoutTruncated, cut.StdoutBytes).ShouldBe((299_999, true, 300_000));
    }

    [Fact(Timeout = Minute)]
    public async Task Characters_that_the_cut_in_the_middle_tears_are_in_the_bytes_only()
    {
        var result = await RunAllAsync(Kept(OutputPart.Both, exact: true, 8, "printf 日本語日本語"));

        var command = result[0].Execution.Single();
        (command.Stdout, command.StdoutTail, command.StdoutUtf8).ShouldBe(("日", "語", true));
        (Hex(command.StdoutContent), Hex(command.StdoutTailContent)).ShouldBe((Hex("日本語日本語")[..8], Hex("日本語日本語")[^8..]));
    }

    [Fact(Timeout = Minute)]
    public async Task Megabytes_of_any_bytes_come_back()
    {
        var result = await RunExactAsync("head -c 3000000 /dev/urandom | tee r", resultPath: "r");

        result.Status.ShouldBe(0);
        var content = result.Execution.Single().StdoutContent.ShouldNotBeNull();
        content.Length.ShouldBe(3_000_000);
        content.Span.SequenceEqual(result.ResultContent.ShouldNotBeNull().Span).ShouldBeTrue();
    }

    private async Task<ExecutionResult[]> RunAllAsync(params ExecutionConfig[] configs)
    {
        var results = new List<ExecutionResult>();
        foreach (var config in configs)
            results.Add(await RunAsync(config));
        return [.. results];
    }

    private static ExecutionConfig Kept(OutputPart keep, bool exact, long limit, string command) =>
        new() { Commands = [command], Output = new OutputForm { Exact = exact, Keep = keep }, Limits = new Limits { Output = limit } };

    private Task<ExecutionResult> RunExactAsync(Command command, byte[]? archive = null, string? stdin = null, string? resultPath = null) =>
        RunAsync(new ExecutionConfig { Commands = [command], Stdin = stdin, ResultPath = resultPath, Output = s_exact }, archive);

    private static string Hex(string text) => Convert.ToHexString(Encoding.UTF8.GetBytes(text));

    private static string Hex(ReadOnlyMemory<byte>? bytes) => Convert.ToHexString(bytes.ShouldNotBeNull().Span);
}

public sealed class LocalExactOutputTests(Sandboxes sandboxes) : ExactOutputTests(sandboxes.Local);

public sealed class RemoteExactOutputTests(Sandboxes sandboxes) : ExactOutputTests(sandboxes.Remote);

public sealed class RemoteSyncExactOutputTests(Sandboxes sandboxes) : ExactOutputTests(sandboxes.RemoteSync);
