using System.Text;
using SandboxApi.SecurityTests.Fixtures;
using SandboxApi.SecurityTests.Matrix;

namespace SandboxApi.SecurityTests.Attacks;

/// <summary>Names and values that some shell, loader or interpreter would take for code: nobody outside the run does.</summary>
[Attack(38)]
public sealed class InjectionTests(Arena arena) : AttackTests(arena)
{
    private const string Hostile = "$(touch NEST/new);`touch NEST/new`|touch NEST/new&touch NEST/new>NEST/new\ntouch NEST/new\n'\"\\${IFS}%n%s{{7*7}}<!--#exec cmd=\"touch NEST/new\"-->\u001b]0;x\u0007\u202e\r\n";

    /// <summary>Variables that programs obey; each run may obey its own.</summary>
    public static TheoryData<string, string> Variables { get; } = new()
    {
        { "LD_PRELOAD", "/home/student/x.so" },
        { "LD_LIBRARY_PATH", "/home/student" },
        { "LD_AUDIT", "/home/student/x.so" },
        { "LD_DEBUG", "libs" },
        { "LD_DEBUG_OUTPUT", "NEST/new" },
        { "LD_PROFILE", "libc.so.6" },
        { "LD_PROFILE_OUTPUT", "NEST" },
        { "GCONV_PATH", "/home/student" },
        { "GLIBC_TUNABLES", "glibc.malloc.mxfast=glibc.malloc.mxfast=A" },
        { "MALLOC_TRACE", "NEST/new" },
        { "BASH_ENV", "CANARY" },
        { "ENV", "$(touch NEST/new)" },
        { "BASH_FUNC_ls%%", "() { echo poisoned; }" },
        { "BASH_FUNC_x%%", "() { :; }; touch NEST/new" },
        { "x", "() { :; }; touch NEST/new" },
        { "SHELLOPTS", "xtrace:verbose" },
        { "BASHOPTS", "extdebug" },
        { "PS4", "$(touch NEST/new)" },
        { "PROMPT_COMMAND", "touch NEST/new" },
        { "IFS", "/" },
        { "PATH", "/home/student:NEST:." },
        { "PATH", "" },
        { "HOME", "NEST" },
        { "PWD", "NEST" },
        { "TMPDIR", "NEST" },
        { "BASH_XTRACEFD", "1" },
        { "PYTHONSTARTUP", "CANARY" },
        { "PYTHONPATH", "NEST" },
        { "PYTHONHOME", "NEST" },
        { "PERL5OPT", "-Mbase;system(q(touch NEST/new))" },
        { "NODE_OPTIONS", "--require CANARY" },
        { "JAVA_TOOL_OPTIONS", "-agentpath:CANARY" },
        { "DOTNET_STARTUP_HOOKS", "CANARY" },
        { "CORECLR_ENABLE_PROFILING", "1" },
        { "LC_ALL", "../../../../NEST" },
        { "TZ", "CANARY" },
        { "TERM", "../../NEST" },
        { "SANDBOX_WAIVE", "memory,processes" },
        { "a b;touch NEST/new", Hostile },
        { "$(touch NEST/new)", Hostile },
        { "\n\r\t", Hostile },
        { "-rf", "--help" },
        { "名前", "値\u0001\u007f" },
    };

    [Theory(Timeout = Long)]
    [MemberData(nameof(Variables))]
    public async Task A_variable_reaches_its_own_run_and_nobody_else(string name, string value)
    {
        using var canary = await Canary.PlaceAsync();
        (name, value) = (canary.Aim(name), canary.Aim(value));
        using var remote = new SandboxClient(Url);
        foreach (var sandbox in (ISandbox[])[Sandbox, remote])
        {
            var result = await RunAsync(sandbox, ExecutionConfig.Of("IFS=; while read -r -d '' line; do printf '%s\\0' \"$line\"; done < /proc/self/environ; echo end") with { Environ = new Dictionary<string, string> { [name] = value } });

            result.Execution[0].Verdict.ShouldBe(Verdict.Ok, result.Execution[0].Stderr);
            result.Execution[0].Stdout.ShouldContain($"\0{name}={value}\0");
            (result.Execution[0].Stdout + result.Execution[0].Stderr).ShouldNotContain(Canary.Text);
            await canary.ShouldBeUntouchedAsync();
        }

        (await OutputOfAsync("env | grep -c -v -e ^HOME= -e ^USER= -e ^LOGNAME= -e ^SHELL= -e ^PATH= -e ^PYTHONPATH= -e ^LANG= -e ^LC_ALL= -e ^TERM= -e ^PWD= -e ^SHLVL= -e ^_= || true")).ShouldBe("0");
    }

    [Fact(Timeout = Long)]
    public async Task A_preloaded_library_has_the_programs_rights_and_no_others()
    {
        using var canary = await Canary.PlaceAsync();
        await NeedsAsync("gcc");
        var library = canary.Aim("""
            #include <stdio.h>
            #include <stdlib.h>
            #include <unistd.h>
            __attribute__((constructor)) static void loaded(void)
            {
                unsetenv("LD_PRELOAD");
                fprintf(stderr, "loaded as %d by %d\n", getuid(), getpid() == 1);
                system("cat CANARY; touch NEST/new /usr/new /etc/ld.so.preload 2> /dev/null");
            }
            """);
        var id = (await RunAsync(ExecutionConfig.Of(new Command("gcc -shared -fPIC -x c - -o x.so") { Stdin = library }) with { Save = true })).Environment;

        var result = await RunAsync(ExecutionConfig.Of("true") with { Environment = id, Save = true, ResultPath = "x", Environ = new Dictionary<string, string> { ["LD_PRELOAD"] = "/home/student/x.so" } });

        result.Execution[0].Stderr.ShouldContain("loaded as 1000 by 0");
        result.Execution[0].Stderr.ShouldNotContain("by 1");
        (result.Execution[0].Stdout + result.Execution[0].Stderr).ShouldNotContain(Canary.Text);
        await canary.ShouldBeUntouchedAsync();
    }

    [Fact(Timeout = Long)]
    public async Task Names_that_are_no_variables_are_refused()
    {
        foreach (var (name, value) in ((string, string)[])[("", "x"), ("a=b", "x"), ("a\0b", "x"), ("a", "x\0LD_PRELOAD=y"), ("\ud800", "x"), ("a", "\udfff")])
            await RefusedAsync(() => RunAsync(ExecutionConfig.Of("true") with { Environ = new Dictionary<string, string> { [name] = value } }), SandboxErrorCode.InvalidConfig);
    }

    [Fact(Timeout = Long)]
    public async Task Files_named_like_commands_and_options_are_names_all_the_way()
    {
        using var canary = await Canary.PlaceAsync();
        await NeedsAsync("python3");
        string[] names = ["$(touch x);`touch y`|touch z&\n'\"\\${IFS}%n{{7*7}}<b>\u001b]0;x\u0007\u202e\r", "-rf", "--help", "*", "~", "!!", "$HOME", " ", "\n", "a\nb", "\u001b[2J", "%00", "\\", "'; touch x; '", "CON", "con.txt", "a:b", "\u00e9", "e\u0301"];
        var program = "import sys, json, os\nfor n in json.loads('" + System.Text.Json.JsonSerializer.Serialize(names).Replace("\\", "\\\\", StringComparison.Ordinal).Replace("'", "\\'", StringComparison.Ordinal) + "'):\n    open(n, 'w').write(n)\n";

        var id = (await RunAsync(ExecutionConfig.Of(new Command("python3 -") { Stdin = program }) with { Save = true })).Environment.ShouldNotBeNull();

        using var remote = new SandboxClient(Url);
        foreach (var file in names)
        {
            (await DownloadAsync(id, file)).ShouldBe(Encoding.UTF8.GetBytes(file), file);
            (await RunAsync(ExecutionConfig.Of("true") with { Environment = id, ResultPath = file })).Result.ShouldBe(file);
            await using var download = await remote.DownloadAsync(id, file, Cancel);
            using var text = new StreamReader(download);
            (await text.ReadToEndAsync(Cancel)).ShouldBe(file);
        }

        (await RunAsync(ExecutionConfig.Of("ls -1Ab | wc -l") with { Environment = id })).Execution[0].Stdout.ShouldBe($"{names.Length}");
        await canary.ShouldBeUntouchedAsync();
    }

    [Fact(Timeout = Long)]
    public async Task The_text_of_a_command_is_given_to_its_own_shell_byte_for_byte()
    {
        using var canary = await Canary.PlaceAsync();
        var text = new StringBuilder();
        for (var c = '\u0001'; c < '\u0100'; c++)
        {
            if (c is not '\'')
                text.Append(c);
        }

        foreach (var odd in (string[])[text.ToString(), canary.Aim(Hostile).Replace("'", "", StringComparison.Ordinal), "\ufeff\u2028\u2029\u0085", "--", "-c"])
        {
            var result = await RunOneAsync($"printf %s '{odd}' | od -An -tx1 -v | tr -d ' \\n'");
            result.Stdout.ShouldBe(Convert.ToHexStringLower(Encoding.UTF8.GetBytes(odd)));
        }

        // What looks like an option of the shell or an end of the command is one only inside the sandbox.
        foreach (var command in (string[])["--version", "--rcfile CANARY", "-c 'touch NEST/new'", "'", "\"", "$(", "`", "}", "exit 0; } ; touch NEST/new", "x\n)\ntouch NEST/new"])
            (await RunOneAsync(canary.Aim(command))).Verdict.ShouldNotBe(Verdict.Error);
        await canary.ShouldBeUntouchedAsync();
    }
}
