using SandboxApi.FunctionalTests.Fixtures;

namespace SandboxApi.FunctionalTests.Commands;

/// <summary>The commands of a run: order, failure, the leading dash, what bash is given.</summary>
public abstract class CommandTests(Subject subject) : SandboxTests(subject)
{
    [Fact(Timeout = Minute)]
    public async Task A_command_runs_and_answers_with_what_it_wrote()
    {
        var result = await RunAsync("echo $((2+2))");

        result.Status.ShouldBe(0);
        result.IsSuccess.ShouldBeTrue();
        result.Message.ShouldBeNull();
        var command = result.Execution.ShouldHaveSingleItem();
        command.Command.ShouldBe("echo $((2+2))");
        command.ExitCode.ShouldBe(0);
        command.Stdout.ShouldBe("4");
        command.Stderr.ShouldBe("");
    }

    [Fact(Timeout = Minute)]
    public async Task Commands_run_in_order_over_the_same_files()
    {
        var result = await RunAsync("echo one > log", "echo two >> log", "cat log");

        result.Status.ShouldBe(0);
        result.Execution.Select(command => command.Command).ShouldBe(["echo one > log", "echo two >> log", "cat log"]);
        result.Execution[2].Stdout.ShouldBe("one\ntwo");
    }

    [Fact(Timeout = Minute)]
    public async Task A_failing_command_ends_the_run_with_its_exit_code()
    {
        var result = await RunAsync("true", "exit 3", "echo never");

        result.Status.ShouldBe(3);
        result.Execution.Select(command => command.ExitCode).ShouldBe([0, 3]);
    }

    [Fact(Timeout = Minute)]
    public async Task A_failure_behind_a_dash_does_not_end_the_run()
    {
        var result = await RunAsync("-exit 3", "-false", "echo reached");

        result.Status.ShouldBe(0);
        result.Execution.Select(command => command.ExitCode).ShouldBe([3, 1, 0]);
        result.Execution.Select(command => command.Command).ShouldBe(["exit 3", "false", "echo reached"]);
    }

    [Fact(Timeout = Minute)]
    public async Task A_run_whose_last_command_fails_behind_a_dash_has_gone_through()
    {
        var result = await RunAsync("-exit 3");

        result.Status.ShouldBe(0);
        result.Execution.ShouldHaveSingleItem().ExitCode.ShouldBe(3);
    }

    [Fact(Timeout = Minute)]
    public async Task Only_the_first_dash_is_taken_away()
    {
        var result = await RunAsync("--no-such-program", "echo reached");

        result.Status.ShouldBe(0);
        result.Execution[0].Command.ShouldBe("-no-such-program");
        result.Execution[0].ExitCode.ShouldBe(127);
        result.Execution[1].Stdout.ShouldBe("reached");
    }

    [Fact(Timeout = Minute)]
    public async Task A_dash_after_a_space_is_part_of_the_command()
    {
        var result = await RunAsync(" -false", "echo never");

        result.Status.ShouldBe(127);
        result.Execution.ShouldHaveSingleItem().Command.ShouldBe(" -false");
    }

    [Fact(Timeout = Minute)]
    public async Task A_dash_works_on_commands_with_a_timeout_too()
    {
        var result = await RunAsync(new Command("-exit 4") { Timeout = TimeSpan.FromSeconds(5) }, "echo reached");

        result.Status.ShouldBe(0);
        result.Execution[0].Command.ShouldBe("exit 4");
        result.Execution[1].Stdout.ShouldBe("reached");
    }

    [Theory(Timeout = Minute)]
    [InlineData("exit 1", 1)]
    [InlineData("exit 255", 255)]
    [InlineData("no-such-program", 127)]
    [InlineData("/etc/passwd", 126)]
    [InlineData("if then", 2)]
    public async Task The_exit_code_is_the_shells(string command, int exitCode)
    {
        var result = await RunAsync(command);

        result.Status.ShouldBe(exitCode);
        result.Execution.ShouldHaveSingleItem().ExitCode.ShouldBe(exitCode);
    }

    [Fact(Timeout = Minute)]
    public async Task An_empty_command_succeeds()
    {
        var result = await RunOneAsync("");

        result.ExitCode.ShouldBe(0);
        result.Stdout.ShouldBe("");
        result.Command.ShouldBe("");
    }

    [Fact(Timeout = Minute)]
    public async Task Commands_are_given_to_bash()
    {
        (await OutputOfAsync("a=(x y z); [[ ${#a[@]} == 3 ]] && echo \"${a[2]} $BASH_EXECUTION_STRING\" | head -c 5")).ShouldBe("z a=(");
        (await OutputOfAsync("echo \"$0\"")).ShouldEndWith("bash");
    }

    [Fact(Timeout = Minute)]
    public async Task Each_command_has_a_shell_of_its_own_in_the_working_directory()
    {
        var result = await RunAsync("x=1; export y=2; mkdir d; cd d; umask 0", "echo \"$x$y$(pwd)$(umask)\"");

        result.Execution[1].Stdout.ShouldBe("/home/student0022");
    }

    [Fact(Timeout = Minute)]
    public async Task A_command_of_many_lines_runs_whole()
    {
        var output = await OutputOfAsync("""
            # a comment first
            for i in 1 2 3
            do
                echo "line $i"
            done

            cat <<'END'
            $not 'expanded' "here" \n
            END
            """);

        output.ShouldBe("line 1\nline 2\nline 3\n$not 'expanded' \"here\" \\n");
    }

    [Fact(Timeout = Minute)]
    public async Task Text_of_any_language_passes_through_a_command() =>
        (await OutputOfAsync("echo 'Ünïcödé 漢字 \U0001F389 עברית'")).ShouldBe("Ünïcödé 漢字 \U0001F389 עברית");

    [Fact(Timeout = Minute)]
    public async Task The_longest_command_the_kernel_takes_runs()
    {
        var text = "echo ok #".PadRight(Command.MaxBytes, 'x');

        var result = await RunOneAsync(text);

        result.Stdout.ShouldBe("ok");
        result.Command.ShouldBe(text);
    }

    [Fact(Timeout = Minute)]
    public async Task A_hundred_commands_run()
    {
        var result = await RunAsync([.. Enumerable.Range(0, 100).Select(i => new Command($"echo {i}"))]);

        result.Status.ShouldBe(0);
        result.Execution.Select(command => command.Stdout).ShouldBe(Enumerable.Range(0, 100).Select(i => $"{i}"));
    }

    [Fact(Timeout = Minute)]
    public async Task A_background_process_lives_on_into_the_next_command()
    {
        await NeedsAsync("python3");
        var result = await RunAsync(
            "echo hello > index.html; python3 -m http.server --bind 127.0.0.1 8765 > server.log 2>&1 &",
            "for i in $(seq 100); do exec 3<>/dev/tcp/127.0.0.1/8765 && break; sleep 0.1; done 2> /dev/null; printf 'GET /index.html HTTP/1.0\\r\\n\\r\\n' >&3; tail -n 1 <&3");

        result.Status.ShouldBe(0);
        result.Execution[1].Stdout.ShouldBe("hello");
    }

    [Fact(Timeout = Minute)]
    public async Task Times_are_measured_and_add_up()
    {
        var result = await RunAsync("sleep 0.3", "true");

        result.Execution[0].Time.ShouldBeInRange(TimeSpan.FromSeconds(0.3), TimeSpan.FromSeconds(10));
        result.Execution[1].Time.ShouldBeInRange(TimeSpan.FromTicks(1), TimeSpan.FromSeconds(10));
        result.TotalTime.ShouldBeGreaterThanOrEqualTo(result.Execution[0].Time + result.Execution[1].Time);
        var timings = result.Timings.ShouldNotBeNull();
        new[] { timings.Queue, timings.Setup, timings.Run, timings.Collect }.ShouldAllBe(time => time >= TimeSpan.Zero);
        timings.Run.ShouldBeGreaterThanOrEqualTo(result.Execution[0].Time);
        (timings.Queue + timings.Setup + timings.Run + timings.Collect).ShouldBeLessThanOrEqualTo(result.TotalTime);
    }
}

public sealed class LocalCommandTests(Sandboxes sandboxes) : CommandTests(sandboxes.Local);

public sealed class RemoteCommandTests(Sandboxes sandboxes) : CommandTests(sandboxes.Remote);

public sealed class RemoteSyncCommandTests(Sandboxes sandboxes) : CommandTests(sandboxes.RemoteSync);
