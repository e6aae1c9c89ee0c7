using SandboxApi.FunctionalTests.Fixtures;

namespace SandboxApi.FunctionalTests.Isolation;

/// <summary>What a program finds inside: who it is, where it is, what it is told.</summary>
public abstract class SurroundingsTests(Subject subject) : SandboxTests(subject)
{
    [Fact(Timeout = Minute)]
    public async Task The_user_is_student_at_home() =>
        (await OutputOfAsync("whoami; id -u; id -gn; pwd; echo $HOME; echo ~; stat -c %U .; uname -n"))
            .ShouldBe("student\n1000\nstudent\n/home/student\n/home/student\n/home/student\nstudent\nsandbox");

    [Fact(Timeout = Minute)]
    public async Task The_student_is_in_no_further_group() =>
        (await OutputOfAsync("id -G")).ShouldBe(await OutputOfAsync("id -g"));

    [Fact(Timeout = Minute)]
    public async Task The_environment_is_exactly_the_declared_one()
    {
        var names = (await OutputOfAsync("env -0 | tr '\\n\\0' ' \\n' | cut -d= -f1")).Split('\n');

        // The last four are bash's own.
        names.Except(["PWD", "SHLVL", "_", "OLDPWD"]).ShouldBe(["HOME", "LANG", "LC_ALL", "LOGNAME", "PATH", "PYTHONPATH", "SHELL", "TERM", "USER"], ignoreOrder: true);
    }

    [Fact(Timeout = Minute)]
    public async Task The_servers_environment_is_seen_nowhere() =>
        (await OutputOfAsync("env | grep -c SECRET; cat /proc/[0-9]*/environ 2> /dev/null | tr '\\0' '\\n' | grep -c SECRET; true")).ShouldBe("0\n0");

    [Fact(Timeout = Minute)]
    public async Task Its_values_are_those_of_the_protocol()
    {
        (await OutputOfAsync("echo $USER $LOGNAME")).ShouldBe("student student");
        (await OutputOfAsync("echo ${PATH%%:*}")).ShouldBe("/utils/libs/");
        (await OutputOfAsync("echo $PYTHONPATH")).ShouldBe("/utils/libs/:");
        (await OutputOfAsync("echo $TERM")).ShouldBe("dumb");
        (await OutputOfAsync("echo $LANG; echo $LC_ALL")).Split('\n').ShouldAllBe(value => value.EndsWith("UTF-8", StringComparison.OrdinalIgnoreCase) || value.EndsWith("utf8", StringComparison.OrdinalIgnoreCase));
    }

    [Fact(Timeout = Minute)]
    public async Task A_grader_in_a_directory_below_imports_the_file_beside_which_it_is_started()
    {
        Assert.SkipUnless(File.Exists("/usr/bin/python3"), "this host has no python3");
        (await OutputOfAsync("echo 'answer = 42' > student.py; mkdir grader; echo 'import student; print(student.answer)' > grader/grade.py; python3 grader/grade.py; cd /tmp && python3 ~/grader/grade.py 2>&1 | tail -n 1"))
            .ShouldBe("42\nModuleNotFoundError: No module named 'student'");
    }

    [Fact(Timeout = Minute)]
    public async Task The_locale_is_utf8() =>
        (await OutputOfAsync("x=漢字; echo ${#x}; printf '%s' \"${x:1}\"; ls nowhere-ü 2>&1 | grep -c nowhere-ü")).ShouldBe("2\n字1");

    [Fact(Timeout = Minute)]
    public async Task A_program_finds_its_locale_in_one_file()
    {
        Assert.SkipUnless(File.Exists("/usr/bin/localedef") && Directory.Exists("/usr/lib/locale/C.utf8"), "this host has no localedef, or no C.utf8");
        (await OutputOfAsync("while read -r line; do case $line in */locale/*) echo /${line#*/};; esac; done < /proc/$$/maps")).ShouldBe("/usr/lib/locale/locale-archive");
        (await OutputOfAsync("locale -a")).Split('\n').ShouldContain("C.utf8");
    }

    [Fact(Timeout = Minute)]
    public async Task Variables_of_the_config_reach_every_command_unchanged()
    {
        const string Value = "a 'b' \"c\" $(d) `e` \\ ü\n漢字=;&|";
        var result = await RunAsync(new ExecutionConfig
        {
            Commands = ["printf '%s' \"$FOO\"", "printf '%s|%s' \"$FOO\" \"${EMPTY-unset}\"", "env | grep -c '^weird.name-1=yes'"],
            Environ = new Dictionary<string, string> { ["FOO"] = Value, ["EMPTY"] = "", ["weird.name-1"] = "yes" },
        });

        result.Execution.Select(command => command.Stdout).ShouldBe([Value, Value + "|", "1"]);
    }

    [Fact(Timeout = Minute)]
    public async Task Variables_of_the_config_override_the_sandboxes_own()
    {
        var result = await RunAsync(new ExecutionConfig
        {
            Commands = ["echo $HOME $LANG $PATH"],
            Environ = new Dictionary<string, string> { ["HOME"] = "/tmp", ["LANG"] = "C", ["PATH"] = "/bin:/opt/mine" },
        });

        result.Execution[0].Stdout.ShouldBe("/tmp C /bin:/opt/mine");
    }

    [Fact(Timeout = Minute)]
    public async Task Shared_libraries_have_a_directory_that_cannot_be_written()
    {
        (await RunOneAsync("test -d /utils/libs && touch /utils/libs/x")).Stderr.ShouldContain("Read-only file system");
    }

    [Fact(Timeout = Minute)]
    public async Task There_is_no_terminal() =>
        (await OutputOfAsync("tty; : < /dev/tty || echo none; ps -o tty= -p $$ 2> /dev/null || echo '?'")).ShouldBe("not a tty\nnone\n?");

    [Fact(Timeout = Minute)]
    public async Task The_usual_devices_work() =>
        (await OutputOfAsync("echo x > /dev/null && head -c 4 /dev/zero | wc -c && head -c 4 /dev/urandom | wc -c && head -c 4 /dev/random | wc -c && echo y > /dev/stdout && cat <(echo z); (echo x > /dev/full) 2> /dev/null || echo full"))
            .ShouldBe("4\n4\n4\ny\nz\nfull");

    [Fact(Timeout = Minute)]
    public async Task Temporary_and_shared_memory_files_work() =>
        (await OutputOfAsync("echo a > /tmp/x; echo b > /dev/shm/x; echo c > /var/tmp/y; cat /tmp/x /dev/shm/x /var/tmp/y; stat -Lc %a /tmp /dev/shm /var/tmp; mv /tmp/x /dev/shm/z; mv /dev/shm/z . && cat z"))
            .ShouldBe("a\nb\nc\n1777\n1777\n1777\na");

    [Fact(Timeout = Minute)]
    public async Task Standard_streams_have_their_names() =>
        (await OutputOfAsync("echo a | cat /dev/stdin; echo b > /dev/stdout; echo c 2>&1 > /dev/stderr; echo d | cat /dev/fd/0; test -w /dev/full -a -c /dev/tty -a -L /dev/ptmx -a -d /dev/pts && echo e")).ShouldBe("a\nb\nc\nd\ne");
}

public sealed class LocalSurroundingsTests(Sandboxes sandboxes) : SurroundingsTests(sandboxes.Local);

public sealed class RemoteSurroundingsTests(Sandboxes sandboxes) : SurroundingsTests(sandboxes.Remote);

public sealed class RemoteSyncSurroundingsTests(Sandboxes sandboxes) : SurroundingsTests(sandboxes.RemoteSync);
