using System.Text.Json;
using SandboxApi.SecurityTests.Fixtures;
using SandboxApi.SecurityTests.Matrix;

namespace SandboxApi.SecurityTests.Attacks;

/// <summary>Typing into whatever terminal the server was started from, and writing what a terminal would obey.</summary>
[Attack(32)]
public sealed class TerminalTests(Arena arena) : AttackTests(arena)
{
    [Fact(Timeout = Long)]
    public async Task There_is_no_terminal_to_type_into()
    {
        var result = await PythonAsync(PythonCalls.Program("""
            import fcntl, termios, glob
            for path in ("/dev/tty", "/dev/console", "/dev/pts/0", "/dev/pts/1", "/dev/tty0", "/dev/tty1", "/dev/ttyS0", "/dev/vcs", "/dev/vcsa", "/proc/1/fd/0", "/proc/tty/driver/serial"):
                tell(path, attempt(lambda: os.open(path, os.O_RDWR | os.O_NOCTTY)))
            for fd in (0, 1, 2):
                for request in (termios.TIOCSTI, 0x541C, termios.TIOCSCTTY, termios.TCGETS, termios.TIOCSETD, 0x5441, termios.TIOCCONS, termios.TIOCSWINSZ):
                    tell(fd, attempt(lambda: fcntl.ioctl(fd, request, b"i" + bytes(63))))
            """));

        result.Stdout.Split('\n').Length.ShouldBe(35, result.Stderr);
        result.Stdout.Split('\n').ShouldAllBe(line => line.Contains(" E", StringComparison.Ordinal), result.Stdout);
    }

    [Fact(Timeout = Long)]
    public async Task Every_command_is_a_session_of_its_own()
    {
        var result = await RunAsync(
            "sh -c 'cut -d\" \" -f5-8 /proc/self/stat; ps -o sid= -p $$ 2> /dev/null || cut -d\" \" -f6 /proc/$$/stat' | tr '\\n' ' '; echo $$; cut -d' ' -f6,7,8 /proc/$$/stat",
            "cut -d' ' -f6,7,8 /proc/$$/stat; echo $$");

        // Session, terminal, foreground group: the shell leads the session, and there is no terminal.
        var first = result.Execution[0].Stdout.Split('\n');
        var second = result.Execution[1].Stdout.Split('\n');
        first[1].ShouldBe($"{first[0].Split(' ')[^1]} 0 -1");
        second[0].ShouldBe($"{second[1]} 0 -1");
        first[1].ShouldNotBe(second[0]);
    }

    [Fact(Timeout = Long)]
    public async Task What_a_terminal_would_obey_is_data()
    {
        // Window title and its answer, clipboard, status and device reports, printing, alternate screen, 8-bit controls, a link, a bell, backspaces, a carriage return over a line.
        const string Sequences = "\u001b]0;title\u0007\u001b[21t\u001b]52;c;cm0=\u0007\u001b[6n\u001b[c\u001bZ\u001b[5i\u001b[?1049h\u001bP$q\"p\u001b\\\u009b31m\u001b]8;;file:///etc/shadow\u001b\\x\u0007\b\b\rok";

        var result = await RunOneAsync(new Command("cat; cat >&2 <<< 'x\u001b[2Jy'") { Stdin = "[" + Sequences + "]" });

        result.Stdout.ShouldBe("[" + Sequences + "]");
        result.Stderr.ShouldBe("x\u001b[2Jy");
    }

    [Fact(Timeout = Long)]
    public async Task On_the_wire_no_control_character_is_left_bare()
    {
        using var http = new HttpClient { BaseAddress = Url };
        using var content = new StringContent("""{"commands":["printf '\\033]0;x\\007\\033[2J\\x9b\\b\\r\\0'"]}""", null, "application/json");

        using var answer = await http.PostAsync(new Uri("/execute/", UriKind.Relative), content, Cancel);

        var bytes = await answer.Content.ReadAsByteArrayAsync(Cancel);
        bytes.ShouldAllBe(b => b >= 0x20 && b != 0x7F && b != 0x9B);
        JsonDocument.Parse(bytes).RootElement.GetProperty("execution")[0].GetProperty("stdout").GetString()!.ShouldStartWith("\u001b]0;x\u0007\u001b[2J");
    }
}
