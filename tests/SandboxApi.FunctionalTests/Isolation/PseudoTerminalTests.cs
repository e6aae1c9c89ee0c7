using SandboxApi.FunctionalTests.Fixtures;

namespace SandboxApi.FunctionalTests.Isolation;

/// <summary>A command is started without a terminal; programs that make one of their own can.</summary>
public abstract class PseudoTerminalTests(Subject subject) : SandboxTests(subject)
{
    [Fact(Timeout = Minute)]
    public async Task Python_spawns_a_program_at_a_terminal_of_its_own()
    {
        await NeedsAsync("python3");
        (await OutputOfAsync("python3 -c 'import pty; pty.spawn([\"bash\", \"-c\", \"tty; test -t 0 -a -t 1 -a -t 2 && echo all three; stty size\"])' < /dev/null | tr -d '\\r'"))
            .ShouldBe("/dev/pts/0\nall three\n0 0");
    }

    /// <summary>As a notebook's <c>!echo hi</c> does it.</summary>
    [Fact(Timeout = Minute)]
    public async Task Pexpect_talks_to_a_program()
    {
        await NeedsAsync("python3");
        Assert.SkipUnless((await RunOneAsync("python3 -c 'import pexpect'")).ExitCode == 0, "python3-pexpect is not installed");
        var result = await RunOneAsync(new Command("python3 -") { Stdin = """
            import pexpect
            print(pexpect.run("echo hi").decode().strip())
            child = pexpect.spawn("bash --norc", encoding="utf-8", timeout=20)
            child.sendline("PS1=; stty -echo; read -p 'your ''name? ' name; echo hello $name from $(tty)")
            child.expect("your name[?] ")
            child.sendline("you")
            child.expect("hello you from (/dev/pts/[0-9]+)")
            print(child.match.group(1))
            child.sendline("exit 3")
            child.expect(pexpect.EOF)
            child.close()
            print(child.exitstatus)
            """ });
        result.Stdout.ShouldMatch("^hi\n/dev/pts/[0-9]\n3$", result.Stderr);
    }

    [Fact(Timeout = Minute)]
    public async Task Expect_runs_a_dialogue()
    {
        await NeedsAsync("expect");
        (await OutputOfAsync("""expect -c 'log_user 0; spawn bash -c {read -p "name? " name; echo hello $name}; expect "name? "; send "you\r"; expect -re {hello (\w+)}; puts $expect_out(1,string)'""")).ShouldBe("you");
    }

    [Fact(Timeout = Minute)]
    public async Task Script_records_a_session()
    {
        await NeedsAsync("script");
        (await OutputOfAsync("script -qec 'tty; exit 3' log < /dev/null > /dev/null; echo $?; grep -a -o /dev/pts/0 log")).ShouldBe("3\n/dev/pts/0");
    }

    [Fact(Timeout = Minute)]
    public async Task Tmux_keeps_several_windows()
    {
        await NeedsAsync("tmux");
        (await OutputOfAsync("""
            export TERM=xterm
            tmux -f /dev/null new-session -d -s one -x 80 -y 24 "tty > a; tmux wait-for -S first; sleep 30"
            tmux new-window -t one "tty > b; tmux wait-for -S second; sleep 30"
            tmux wait-for first; tmux wait-for second
            sort a b; tmux list-windows -t one | wc -l; tmux kill-server
            """)).ShouldBe("/dev/pts/0\n/dev/pts/1\n2");
    }

    [Fact(Timeout = Minute)]
    public async Task A_shell_at_a_terminal_controls_its_jobs()
    {
        await NeedsAsync("script");
        (await OutputOfAsync("script -qc \"bash -mc 'sleep 30 & jobs; kill -STOP %1; sleep 0.1; jobs -l; kill %1; kill -CONT %1; wait %1; echo ended'; echo x > /dev/tty\" /dev/null < /dev/null | grep -o -e Running -e Stopped -e ended -e '^x' | sort -u")).ShouldBe("Running\nStopped\nended\nx");
    }

    [Fact(Timeout = Minute)]
    public async Task Terminals_belong_to_the_student_and_are_numbered_from_0_in_every_run()
    {
        await NeedsAsync("python3");
        const string Two = "python3 -c 'import os; a, b = os.openpty(), os.openpty(); print(os.ttyname(a[1]), os.ttyname(b[1]))'; stat -c '%U %G %a' /dev/pts/ptmx; python3 -c 'import os, stat; m, s = os.openpty(); i = os.fstat(s); print(i.st_uid, i.st_gid, oct(i.st_mode))'";
        var first = await OutputOfAsync(Two);
        first.Split('\n')[0].ShouldBe("/dev/pts/0 /dev/pts/1");
        first.Split('\n')[2].ShouldBe("1000 1000 0o20620");
        (await OutputOfAsync(Two)).ShouldBe(first);
    }
}

public sealed class LocalPseudoTerminalTests(Sandboxes sandboxes) : PseudoTerminalTests(sandboxes.Local);

public sealed class RemotePseudoTerminalTests(Sandboxes sandboxes) : PseudoTerminalTests(sandboxes.Remote);
