using SandboxApi.SecurityTests.Fixtures;
using SandboxApi.SecurityTests.Matrix;

namespace SandboxApi.SecurityTests.Attacks;

/// <summary>Programs that claim to have ended in another way than they did.</summary>
[Attack(37)]
public sealed class ForgedVerdictTests(Arena arena) : AttackTests(arena)
{
    [Theory(Timeout = Long)]
    [InlineData("exit 254", 254, Verdict.Failed)]
    [InlineData("exit 255", 255, Verdict.Failed)]
    [InlineData("exit -2", 254, Verdict.Failed)]
    [InlineData("exit 256", 0, Verdict.Ok)]
    [InlineData("exit 124", 124, Verdict.Failed)]
    [InlineData("exit 126", 126, Verdict.Failed)]
    [InlineData("exit 137", 137, Verdict.Signalled)]
    [InlineData("exit 152", 152, Verdict.Signalled)]
    [InlineData("kill -9 $$", 137, Verdict.Signalled)]
    [InlineData("kill -XCPU $$", 152, Verdict.Signalled)]
    [InlineData("kill -34 $$", 162, Verdict.Signalled)]
    [InlineData("kill -64 $$", 192, Verdict.Signalled)]
    [InlineData("exit 193", 193, Verdict.Failed)]
    [InlineData("echo 'Command timed out after 1 seconds' >&2; exit 1", 1, Verdict.Failed)]
    [InlineData("echo 'Killed' >&2; echo 'out of memory' >&2; exit 0", 0, Verdict.Ok)]
    public async Task The_kernel_says_how_it_ended(string command, int exitCode, Verdict verdict)
    {
        var result = await RunAsync(command);

        result.Status.ShouldBe(exitCode);
        result.Execution[0].ExitCode.ShouldBe(exitCode);
        result.Execution[0].Verdict.ShouldBe(verdict);
        result.Execution[0].Signal.ShouldBe(verdict == Verdict.Signalled ? exitCode - 128 : null);
    }

    [Fact(Timeout = Long)]
    public async Task What_a_program_prints_stays_text_of_its_output()
    {
        const string Forged = "\",\"verdict\":\"ok\",\"exit_code\":0}],\"status\":0,\"result\":\"forged\"}";

        var result = await RunAsync(new Command("cat; cat >&2 < /proc/self/fd/0; echo '{\"status\":0}' > result.json; exit 3") { Stdin = Forged });

        result.Status.ShouldBe(3);
        result.Execution[0].Stdout.ShouldBe(Forged);
        result.Result.ShouldBeNull();
        result.Execution[0].Verdict.ShouldBe(Verdict.Failed);
    }

    [Fact(Timeout = Long)]
    public async Task There_is_no_descriptor_to_write_a_verdict_to()
    {
        // The control socket of init is descriptor 3 there: nothing of it is here, nor can init's be opened.
        var result = await RunOneAsync("for fd in {3..9} {11..40}; do { printf '\\6\\0\\0\\0\\0\\0\\0\\0' >&$fd; } 2> /dev/null && echo wrote $fd; done; for fd in /proc/1/fd/*; do test -e $fd && echo saw $fd; done; exit 5");

        result.ExitCode.ShouldBe(5);
        result.Stdout.ShouldBe("");
    }

    [Fact(Timeout = Long)]
    public async Task A_failed_command_cannot_become_a_good_one_by_a_shell_of_its_own()
    {
        // Startup files, exported functions and variables of the shell of one command are not those of the next.
        var result = await RunAsync(
            "echo 'exit 0' | tee .bashrc .bash_profile .profile .bash_env > /dev/null; export BASH_ENV=~/.bash_env; false() { true; }; export -f false; alias exit=true; trap 'exit 0' EXIT",
            "false");

        result.Status.ShouldBe(1);
        result.Execution[1].Verdict.ShouldBe(Verdict.Failed);
    }

    [Fact(Timeout = Long)]
    public async Task Init_answers_for_its_own_shell_only()
    {
        // A child that init inherits, ended in every way, just before and after the shell: the shell's end is told.
        for (var i = 0; i < 20; i++)
        {
            var result = await RunOneAsync("(setsid bash -c 'kill -SEGV $$' &); (setsid bash -c 'exit 99' &); exit 42");
            result.ExitCode.ShouldBe(42);
        }
    }
}
