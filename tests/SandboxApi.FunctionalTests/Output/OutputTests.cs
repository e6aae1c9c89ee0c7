using System.Diagnostics;
using System.Text;
using SandboxApi.FunctionalTests.Fixtures;

namespace SandboxApi.FunctionalTests.Output;

/// <summary>Standard output and standard error: what is returned, as what text, up to what length.</summary>
public abstract class OutputTests(Subject subject) : SandboxTests(subject)
{
    [Fact(Timeout = Minute)]
    public async Task Both_streams_are_told_apart()
    {
        var result = await RunOneAsync("echo out; echo err >&2");

        result.Stdout.ShouldBe("out");
        result.Stderr.ShouldBe("err");
        result.StdoutBytes.ShouldBe(4);
        result.StderrBytes.ShouldBe(4);
        result.StdoutTruncated.ShouldBe(false);
        result.StderrTruncated.ShouldBe(false);
        result.StdoutUtf8.ShouldBe(true);
        result.StderrUtf8.ShouldBe(true);
    }

    [Fact(Timeout = Minute)]
    public async Task White_space_around_a_stream_is_removed_and_inside_it_stays()
    {
        var result = await RunOneAsync(@"printf ' \n\t a  b\n\n c \r\n \n'; printf '\n x \n' >&2");

        result.Stdout.ShouldBe("a  b\n\n c");
        result.Stderr.ShouldBe("x");
    }

    [Fact(Timeout = Minute)]
    public async Task Text_of_any_language_comes_back()
    {
        const string Text = "Ünïcödé 漢字 \U0001F389 e\u0301 עברית";
        var result = await RunOneAsync(new Command("cat; cat nowhere-漢字") { Stdin = Text });

        result.Stdout.ShouldBe(Text);
        result.StdoutUtf8.ShouldBe(true);
        result.StdoutBytes.ShouldBe(Encoding.UTF8.GetByteCount(Text));
        result.Stderr.ShouldContain("nowhere-漢字");
    }

    [Fact(Timeout = Minute)]
    public async Task A_character_written_in_two_parts_is_one_character()
    {
        var result = await RunOneAsync(@"printf '\360\237'; sleep 0.2; printf '\216\211'");

        result.Stdout.ShouldBe("\U0001F389");
        result.StdoutUtf8.ShouldBe(true);
    }

    [Fact(Timeout = Minute)]
    public async Task Bytes_that_are_no_text_are_replaced_and_the_result_says_so()
    {
        var result = await RunOneAsync(@"for i in $(seq 0 255); do printf ""\\x$(printf %02x $i)""; done; printf '\377' >&2");

        result.Stdout.Length.ShouldBe(256);
        result.Stdout[..128].ShouldBe(new string([.. Enumerable.Range(0, 128).Select(i => (char)i)]));
        result.Stdout[128..].ShouldBe(new string('\uFFFD', 128));
        result.StdoutBytes.ShouldBe(256);
        result.StdoutUtf8.ShouldBe(false);
        result.Stderr.ShouldBe("\uFFFD");
        result.StderrUtf8.ShouldBe(false);
        result.Verdict.ShouldBe(Verdict.Ok);
    }

    [Fact(Timeout = Minute)]
    public async Task Nul_and_terminal_sequences_pass_unchanged()
    {
        (await OutputOfAsync(@"printf 'a\0b'")).ShouldBe("a\0b");
        (await OutputOfAsync(@"printf '\033[31mred\033[0m'")).ShouldBe("\u001b[31mred\u001b[0m");
    }

    [Theory(Timeout = Minute)]
    [InlineData(70_000)]
    [InlineData(300_000)]
    [InlineData(3_000_000)]
    public async Task The_last_write_before_the_end_is_not_lost(int bytes)
    {
        var result = await RunOneAsync($"head -c {bytes} /dev/zero | tr '\\0' x; printf end");

        result.Stdout.Length.ShouldBe(bytes + 3);
        result.Stdout.ShouldEndWith("xend");
        result.StdoutBytes.ShouldBe(bytes + 3);
        result.StdoutTruncated.ShouldBe(false);
    }

    [Fact(Timeout = Minute)]
    public async Task Both_streams_at_once_do_not_block_each_other()
    {
        var result = await RunOneAsync("for i in $(seq 20); do head -c 20000 /dev/zero | tr '\\0' e >&2; head -c 20000 /dev/zero | tr '\\0' o; done");

        result.Stdout.ShouldBe(new string('o', 400_000));
        result.Stderr.ShouldBe(new string('e', 400_000));
    }

    [Fact(Timeout = Minute)]
    public async Task Output_beyond_the_limit_is_counted_and_dropped()
    {
        var result = await RunAsync(
            new Command("head -c 100000 /dev/zero | tr '\\0' x") { Limits = new Limits { Output = 1000 } },
            "echo reached");

        result.Status.ShouldBe(0);
        var cut = result.Execution[0];
        cut.ExitCode.ShouldBe(0);
        cut.Stdout.ShouldBe(new string('x', 1000));
        cut.StdoutTruncated.ShouldBe(true);
        cut.StdoutBytes.ShouldBe(100_000);
        cut.StderrTruncated.ShouldBe(false);
        cut.Verdict.ShouldBe(Verdict.Output);
        result.Execution[1].Stdout.ShouldBe("reached");
    }

    [Fact(Timeout = Minute)]
    public async Task Each_stream_has_the_limit_for_itself()
    {
        var result = await RunOneAsync(new Command("printf 1234; printf 12345 >&2") { Limits = new Limits { Output = 4 } });

        result.Stdout.ShouldBe("1234");
        result.StdoutTruncated.ShouldBe(false);
        result.Stderr.ShouldBe("1234");
        result.StderrTruncated.ShouldBe(true);
        result.StderrBytes.ShouldBe(5);
        result.Verdict.ShouldBe(Verdict.Output);
    }

    [Fact(Timeout = Minute)]
    public async Task A_limit_of_zero_keeps_nothing()
    {
        var result = await RunAsync(new ExecutionConfig { Commands = ["echo gone", "true"], Limits = new Limits { Output = 0 } });

        result.Execution[0].Stdout.ShouldBe("");
        result.Execution[0].StdoutTruncated.ShouldBe(true);
        result.Execution[0].StdoutBytes.ShouldBe(5);
        result.Execution[1].Verdict.ShouldBe(Verdict.Ok);
    }

    [Fact(Timeout = Minute)]
    public async Task A_flood_is_drained_until_the_timeout()
    {
        var watch = Stopwatch.StartNew();

        var result = await RunOneAsync(new Command("tr '\\0' x < /dev/zero & tr '\\0' e < /dev/zero >&2") { Timeout = TimeSpan.FromSeconds(1), Limits = new Limits { Output = 1000 } });

        watch.Elapsed.ShouldBeLessThan(TimeSpan.FromSeconds(10));
        result.ExitCode.ShouldBe(-2);
        result.Verdict.ShouldBe(Verdict.Timeout);
        result.Stdout.ShouldBe(new string('x', 1000));
        result.StdoutBytes.ShouldNotBeNull().ShouldBeGreaterThan(1_000_000);
        result.StderrBytes.ShouldNotBeNull().ShouldBeGreaterThan(1_000_000);
        result.Stderr.ShouldStartWith(new string('e', 1000));
        result.Stderr.Length.ShouldBeLessThan(1100);
    }
}

public sealed class LocalOutputTests(Sandboxes sandboxes) : OutputTests(sandboxes.Local);

public sealed class RemoteOutputTests(Sandboxes sandboxes) : OutputTests(sandboxes.Remote);

public sealed class RemoteSyncOutputTests(Sandboxes sandboxes) : OutputTests(sandboxes.RemoteSync);
