using SandboxApi.FunctionalTests.Fixtures;

namespace SandboxApi.FunctionalTests.Commands;

/// <summary>What a command reads from standard input.</summary>
public abstract class StdinTests(Subject subject) : SandboxTests(subject)
{
    [Fact(Timeout = Minute)]
    public async Task Standard_input_is_empty_by_default() =>
        (await OutputOfAsync("cat; readlink /proc/self/fd/0")).ShouldBe("/dev/null");

    [Fact(Timeout = Minute)]
    public async Task A_command_reads_its_standard_input() =>
        (await RunOneAsync(new Command("cat") { Stdin = "one\ntwo ü\n" })).Stdout.ShouldBe("one\ntwo ü");

    [Fact(Timeout = Minute)]
    public async Task The_runs_standard_input_is_given_to_every_command_without_its_own()
    {
        var result = await RunAsync(new ExecutionConfig
        {
            Commands = ["cat", new Command("cat") { Stdin = "mine" }, new Command("cat") { Stdin = "" }, "cat"],
            Stdin = "ours",
        });

        result.Execution.Select(command => command.Stdout).ShouldBe(["ours", "mine", "", "ours"]);
    }

    [Fact(Timeout = Minute)]
    public async Task Standard_input_of_any_size_is_there_to_its_last_byte()
    {
        var text = string.Create(8 << 20, 0, (span, _) => span.Fill('x'));

        (await RunOneAsync(new Command("wc -c") { Stdin = text })).Stdout.ShouldBe($"{8 << 20}");
    }

    [Fact(Timeout = Minute)]
    public async Task Standard_input_that_nobody_reads_is_no_failure()
    {
        var result = await RunOneAsync(new Command("echo done") { Stdin = new string('x', 1 << 20) });

        result.ExitCode.ShouldBe(0);
        result.Stdout.ShouldBe("done");
        result.Verdict.ShouldBe(Verdict.Ok);
    }

    [Fact(Timeout = Minute)]
    public async Task Standard_input_that_is_closed_early_is_no_failure()
    {
        var result = await RunOneAsync(new Command("head -c 3; exec 0<&-; sleep 0.2; echo; echo done") { Stdin = new string('x', 1 << 20) });

        result.ExitCode.ShouldBe(0);
        result.Stdout.ShouldBe("xxx\ndone");
    }

    [Fact(Timeout = Minute)]
    public async Task What_one_command_leaves_unread_is_not_given_to_the_next()
    {
        var result = await RunAsync(new Command("head -n 1") { Stdin = "first\nrest\n" }, "cat");

        result.Execution[1].Stdout.ShouldBe("");
    }

    [Fact(Timeout = Minute)]
    public async Task Commands_with_one_input_share_its_memory_and_each_reads_it_from_the_start()
    {
        // What each leaves in the background holds its input on.
        const string script = "stat -Lc %i /dev/stdin; head -c 3; (sleep 30 <&0 >/dev/null 2>&1 &)";
        var result = await RunAsync(new ExecutionConfig { Commands = [script, script, new Command(script) { Stdin = "mine" }, script], Stdin = "ours" });

        var answers = result.Execution.Select(command => command.Stdout.Split('\n')).ToList();
        answers.Select(answer => answer[1]).ShouldBe(["our", "our", "min", "our"]);
        answers[1][0].ShouldBe(answers[0][0]);
        answers[2][0].ShouldNotBe(answers[0][0]);
        answers[3][0].ShouldBe(answers[0][0]);
    }
}

public sealed class LocalStdinTests(Sandboxes sandboxes) : StdinTests(sandboxes.Local);

public sealed class RemoteStdinTests(Sandboxes sandboxes) : StdinTests(sandboxes.Remote);

public sealed class RemoteSyncStdinTests(Sandboxes sandboxes) : StdinTests(sandboxes.RemoteSync);
