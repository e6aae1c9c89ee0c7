using SandboxApi.FunctionalTests.Fixtures;
using SandboxApi.SecurityTests.Fixtures;
using SandboxApi.SecurityTests.Matrix;

namespace SandboxApi.SecurityTests.Attacks;

/// <summary>A compile step is a run like any other: it reads nothing of the host, writes nothing outside, and ends at the same limits.</summary>
[Attack(36)]
public sealed class CompilerTests(Arena arena) : AttackTests(arena)
{
    /// <summary>Commands that have a compiler, assembler or linker read a file of the host and show it.</summary>
    public static TheoryData<string, string> Readers { get; } = new()
    {
        { "gcc -x c - -o a", "#include \"CANARY\"\n" },
        { "gcc -x c - -o a", "#include \"/etc/shadow\"\n" },
        { "gcc -x c - -o a", "#include \"../../../../../../CANARY\"\n" },
        { "ln -s CANARY h.h; gcc -I. -x c - -o a", "#include \"h.h\"\n" },
        { "gcc -x c - -E -include CANARY", "" },
        { "gcc -x c - -E -imacros CANARY", "" },
        { "gcc @CANARY", "" },
        { "gcc @/etc/shadow", "" },
        { "gcc -specs=CANARY -x c - -o a", "int main;" },
        { "gcc -x c - -o a -Wl,-T,CANARY", "int main;" },
        { "gcc -x c - -o a -Wl,--version-script,CANARY -Wl,@CANARY", "int main;" },
        { "printf 'INCLUDE CANARY\\n' > s.ld; gcc -x c - -o a -Wl,-T,s.ld", "int main;" },
        { "printf 'INPUT(CANARY)\\n' > libx.so; gcc -x c - -o a -L. -lx", "int main;" },
        { "gcc -x c - -o a && strings a", "__asm__(\".incbin \\\"CANARY\\\"\"); int main;" },
        { "gcc -x c - -o a && strings a", "__asm__(\".include \\\"CANARY\\\"\"); int main;" },
        { "gcc -x c - -E", "#if __has_include(\"CANARY\")\nthe canary is seen\n#endif\n" },
        { "gcc -x c - -E", "#if __has_include(\"/etc/shadow\")\nthe canary is seen\n#endif\n" },
        { "as -o a -", ".incbin \"CANARY\"\n.include \"CANARY\"\n" },
        { "ld -T CANARY; ld -R CANARY; ld CANARY; objcopy --add-section x=CANARY /bin/true a; ar r x.a CANARY; strings x.a a", "" },
    };

    /// <summary>Commands that have them write where the run may not.</summary>
    public static TheoryData<string> Writers { get; } =
    [
        "gcc -x c - -o ../../x",
        "gcc -x c - -o NEST/canary",
        "gcc -x c - -o /usr/bin/x",
        "ln -s NEST d; gcc -x c - -o d/canary",
        "gcc -x c - -o a -Wl,-Map=NEST/new",
        "gcc -x c - -o a -MD -MF NEST/new",
        "gcc -x c - -o a -save-temps=obj -dumpdir NEST/",
        "gcc -x c - -o a -fdump-tree-all=NEST/new -fstack-usage -aux-info NEST/new",
        "TMPDIR=NEST gcc -x c - -o a -pipe -frecord-gcc-switches -fprofile-arcs -fprofile-dir=NEST && ./a",
        "gcc -x c - -o a -wrapper /bin/sh,-c,'touch NEST/new /usr/x ; id -u > /home/student/who'",
    ];

    [Theory(Timeout = Long)]
    [MemberData(nameof(Readers))]
    public async Task Nothing_of_the_host_is_read(string command, string source)
    {
        using var canary = await Canary.PlaceAsync();
        await NeedsAsync("gcc");

        var result = await RunOneAsync(new Command(canary.Aim(command)) { Stdin = canary.Aim(source) });

        (result.Stdout + result.Stderr).ShouldNotContain(Canary.Text);
        (result.Stdout + result.Stderr).ShouldNotContain("the canary is seen");
        (result.Stdout + result.Stderr).ShouldNotContain("root:");
        await canary.ShouldBeUntouchedAsync();
    }

    [Theory(Timeout = Long)]
    [InlineData("gcc -x c - -o a", "#include \"/tmp/own\"\n")]
    [InlineData("gcc -x c - -E -include /tmp/own", "")]
    [InlineData("gcc -x c - -o a; strings a", "__asm__(\".incbin \\\"/tmp/own\\\"\"); int main;")]
    public async Task A_file_of_the_run_itself_is_shown_by_the_same_means(string command, string source)
    {
        await NeedsAsync("gcc");

        var result = await RunOneAsync(new Command($"echo '{Canary.Text}' > /tmp/own; {command}") { Stdin = source });

        (result.Stdout + result.Stderr).ShouldContain(Canary.Text);
    }

    [Theory(Timeout = Long)]
    [MemberData(nameof(Writers))]
    public async Task Nothing_outside_is_written(string command)
    {
        using var canary = await Canary.PlaceAsync();
        await NeedsAsync("gcc");

        var result = await RunAsync(new Command("-" + canary.Aim(command)) { Stdin = "int main(void) { return 0; }" }, "cat who 2> /dev/null || echo 1000; ls / /usr | grep -x x");

        result.Execution[1].Stdout.ShouldBe("1000");
        await canary.ShouldBeUntouchedAsync();
    }

    [Theory(Timeout = Long)]
    [InlineData("gcc -x c - -o a", "#include </dev/random>\n")]
    [InlineData("gcc -x c - -o a", "#include </dev/zero>\n")]
    [InlineData("gcc -x c - -o a", "#include \"/dev/stdin\"\n#include \"/proc/self/fd/0\"\n")]
    [InlineData("cat > s.h; exec gcc -x c s.h -E > /dev/null", "#include \"s.h\"\n#include \"s.h\"\n")]
    [InlineData("g++ -x c++ - -o a", "template<int N, class... T> struct A : A<N - 1, T..., T...> {}; template<class... T> struct A<0, T...> {}; A<60, int> a; int main() {}\n")]
    [InlineData("g++ -x c++ - -o a -fconstexpr-ops-limit=2000000000 -fconstexpr-loop-limit=2000000000", "constexpr int f() { int s = 0; for (int i = 0; i < 1900000000; i++) s ^= i; return s; } static_assert(f() != 12345); int main() {}\n")]
    [InlineData("gcc -x c - -o a", "#define A(x) x x x x x x x x x x\nint y[] = { A(A(A(A(A(A(A(A(1,)))))))) };\n")]
    [InlineData("gcc -x c - -o a", "char big[1ull << 40] = { 1 }; int main;\n")]
    [InlineData("gcc -x c - -o a", "char big[200 << 20] = { 1 }; int main;\n")]
    [InlineData("as -o a -", ".rept 2000000000\n.quad 1\n.endr\n")]
    [InlineData("as -o a -", ".macro m\nm\n.endm\nm\n.fill 1 << 40, 1, 1\n")]
    [InlineData("mkfifo p; exec gcc -x c p -o a", "")]
    [InlineData("mkfifo p; exec gcc @p", "")]
    [InlineData("exec make -f - -j", "all: $(shell seq 300)\n%:\n\t@exec sleep 60\n")]
    public async Task A_compiler_without_end_ends_at_the_limits_of_a_run(string command, string source)
    {
        await NeedsAsync(command.StartsWith("g++", StringComparison.Ordinal) ? "g++" : "gcc");
        TestHost.Needs("memory", "processes");

        var result = await RunOneAsync(new Command(command) { Stdin = source, Timeout = Within(4) });

        result.Verdict.ShouldBeOneOf(Verdict.Failed, Verdict.Timeout, Verdict.Memory, Verdict.Disk, Verdict.Processes, Verdict.Signalled);
        result.Time.ShouldBeLessThan(AtMost(6));
    }

    [Fact(Timeout = Long)]
    public async Task A_plugin_of_the_compiler_is_nothing_but_the_programs_own_code()
    {
        using var canary = await Canary.PlaceAsync();
        await NeedsAsync("gcc");
        var plugin = canary.Aim("""
            #include <stdio.h>
            #include <stdlib.h>
            #include <unistd.h>
            int plugin_is_GPL_compatible;
            __attribute__((constructor)) static void loaded(void)
            {
                fprintf(stderr, "loaded as %d\n", getuid());
                system("cat CANARY /etc/shadow; touch NEST/new /usr/new");
            }
            int plugin_init(void *info, void *version) { return 0; }
            """);

        var result = await RunAsync(new Command("gcc -shared -fPIC -x c - -o p.so") { Stdin = plugin }, new Command("-gcc -fplugin=./p.so -x c - -o a") { Stdin = "int main;" });

        result.Execution[1].Stderr.ShouldContain("loaded as 1000");
        (result.Execution[1].Stdout + result.Execution[1].Stderr).ShouldNotContain(Canary.Text);
        result.Execution[1].Stdout.ShouldNotContain("root:");
        await canary.ShouldBeUntouchedAsync();
    }
}
