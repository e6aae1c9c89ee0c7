using SandboxApi.FunctionalTests.Fixtures;

namespace SandboxApi.FunctionalTests.Languages;

/// <summary>Real programs: compilers and interpreters under the default limits.</summary>
public abstract class LanguageTests(Subject subject) : SandboxTests(subject)
{
    [Fact(Timeout = Minute)]
    public async Task C_compiles_and_runs()
    {
        await NeedsAsync("gcc");
        var result = await RunAsync(
            ExecutionConfig.Of("gcc -O2 -Wall -o main main.c -lm", new Command("./main") { Stdin = "3 4" }),
            Archive.Of(("main.c", """
                #include <math.h>
                #include <stdio.h>
                int main(void) {
                    double a, b;
                    if (scanf("%lf %lf", &a, &b) != 2) return 1;
                    printf("%.1f\n", sqrt(a * a + b * b));
                    return 0;
                }
                """)));

        result.Status.ShouldBe(0, result.Execution[^1].Stderr);
        result.Execution[1].Stdout.ShouldBe("5.0");
    }

    [Fact(Timeout = Minute)]
    public async Task A_program_that_does_not_compile_says_where()
    {
        await NeedsAsync("gcc");
        var result = await RunAsync(ExecutionConfig.Of("gcc main.c", "./a.out"), Archive.Of(("main.c", "int main(void) { return x; }\n")));

        result.Status.ShouldBe(1);
        result.Execution.ShouldHaveSingleItem().Stderr.ShouldContain("main.c:1:");
    }

    [Fact(Timeout = Minute)]
    public async Task A_compiler_reads_nothing_of_the_host()
    {
        await NeedsAsync("gcc");
        var result = await RunAsync(
            ExecutionConfig.Of("-gcc -E shadow.c", new Command("-gcc -E random.c") { Timeout = TimeSpan.FromSeconds(1), Limits = new Limits { Output = 1000 } }),
            Archive.Of(("shadow.c", "#include \"/etc/shadow\"\n"), ("random.c", "#include \"/dev/random\"\n")));

        result.Execution[0].ExitCode.ShouldBe(1);
        result.Execution[0].Stdout.ShouldNotContain("root:");
        result.Execution[1].ExitCode.ShouldNotBe(0);
        result.TotalTime.ShouldBeLessThan(TimeSpan.FromSeconds(15));
    }

    [Fact(Timeout = Minute)]
    public async Task A_division_by_zero_in_C_is_its_signal()
    {
        await NeedsAsync("gcc");
        var result = await RunAsync(ExecutionConfig.Of("gcc -o main main.c", "./main"), Archive.Of(("main.c", "int main(void) { volatile int a = 0; return 7 / a; }\n")));

        (result.Status, result.Execution[1].Signal, result.Execution[1].Verdict).ShouldBe((136, 8, Verdict.Signalled));
    }

    [Fact(Timeout = Minute)]
    public async Task Cpp_with_its_library_compiles_and_runs()
    {
        await NeedsAsync("g++");
        var result = await RunAsync(
            ExecutionConfig.Of("g++ -std=c++17 -o main main.cpp -pthread", "./main"),
            Archive.Of(("main.cpp", """
                #include <algorithm>
                #include <iostream>
                #include <map>
                #include <numeric>
                #include <string>
                #include <thread>
                #include <vector>
                int main() {
                    std::vector<int> v(100);
                    std::iota(v.begin(), v.end(), 1);
                    int sum = 0;
                    std::thread t([&] { sum = std::accumulate(v.begin(), v.end(), 0); });
                    t.join();
                    std::map<std::string, int> m{{"b", 2}, {"a", 1}};
                    for (auto& [k, n] : m) std::cout << k << n << ' ';
                    std::cout << sum << std::endl;
                }
                """)));

        result.Status.ShouldBe(0, result.Execution[^1].Stderr);
        result.Execution[1].Stdout.ShouldBe("a1 b2 5050");
    }

    [Fact(Timeout = Minute)]
    public async Task Python_runs_with_its_library()
    {
        await NeedsAsync("python3");

        (await OutputOfAsync("python3 main.py < in.json", Archive.Of(
            ("main.py", """
                import concurrent.futures, json, re, sqlite3, sys, tempfile, hashlib, subprocess, helper
                data = json.load(sys.stdin)
                db = sqlite3.connect(":memory:")
                db.execute("create table t (n)")
                db.executemany("insert into t values (?)", [(n,) for n in data["numbers"]])
                print(db.execute("select sum(n) from t").fetchone()[0], helper.greet("ü"))
                with concurrent.futures.ThreadPoolExecutor(8) as pool:
                    print(sum(pool.map(lambda n: n * n, range(100))))
                with tempfile.NamedTemporaryFile() as f:
                    print(f.name.startswith("/tmp/"))
                print(subprocess.run(["echo", "child"], capture_output=True, text=True).stdout, end="")
                print(re.sub(r"(\w+) (\w+)", r"\2 \1", "hello world"), hashlib.sha256(b"").hexdigest()[:8])
                """),
            ("helper.py", "def greet(name):\n    return f'hello {name}'\n"),
            ("in.json", """{"numbers": [1, 2, 3]}""")))).ShouldBe("6 hello ü\n328350\nTrue\nchild\nworld hello e3b0c442");
    }

    [Fact(Timeout = Minute)]
    public async Task Python_runs_several_processes()
    {
        await NeedsAsync("python3");

        (await OutputOfAsync("python3 main.py", Archive.Of(("main.py", """
            import multiprocessing
            def square(n):
                return n * n
            if __name__ == "__main__":
                with multiprocessing.Pool(4) as pool:
                    print(sum(pool.map(square, range(1000))))
            """)))).ShouldBe("332833500");
    }

    [Fact(Timeout = Minute)]
    public async Task A_python_error_is_its_trace_and_exit_code()
    {
        await NeedsAsync("python3");
        var result = await RunOneAsync(new Command("python3 -") { Stdin = "print('before')\nraise ValueError('wrong')\n" });

        (result.ExitCode, result.Stdout, result.Verdict).ShouldBe((1, "before", Verdict.Failed));
        result.Stderr.ShouldEndWith("ValueError: wrong");
    }

    [Fact(Timeout = Minute)]
    public async Task Perl_runs()
    {
        await NeedsAsync("perl");

        (await OutputOfAsync("perl -MList::Util=sum -e 'my %h = (a => 1, b => 2); print join(\",\", map { \"$_=$h{$_}\" } sort keys %h), \" \", sum(1..10), \"\\n\"'")).ShouldBe("a=1,b=2 55");
    }

    [Fact(Timeout = Minute)]
    public async Task Node_runs()
    {
        await NeedsAsync("node");

        (await OutputOfAsync("node -e 'const fs = require(\"fs\"); fs.writeFileSync(\"f\", JSON.stringify({ n: [1, 2, 3].reduce((a, b) => a + b) })); Promise.resolve(fs.readFileSync(\"f\", \"utf8\")).then(console.log)'")).ShouldBe("{\"n\":6}");
    }

    [Fact(Timeout = Minute)]
    public async Task Java_runs()
    {
        await NeedsAsync("java");
        await NeedsAsync("javac");
        const string Source = """
            import java.util.stream.*;
            public class Main {
                public static void main(String[] args) {
                    System.out.println(IntStream.rangeClosed(1, 100).sum() + " " + Stream.of("b", "a").sorted().collect(Collectors.joining("-")));
                }
            }
            """;

        var result = await RunAsync(ExecutionConfig.Of("javac Main.java", "java Main"), Archive.Of(("Main.java", Source)));

        result.Status.ShouldBe(0, result.Execution[^1].Stderr);
        result.Execution[1].Stdout.ShouldBe("5050 a-b");
    }

    [Fact(Timeout = Minute)]
    public async Task Dotnet_starts()
    {
        await NeedsAsync("dotnet");

        (await OutputOfAsync("dotnet --list-runtimes | grep -c Microsoft.NETCore.App")).ShouldNotBe("0");
    }

    [Fact(Timeout = Minute)]
    public async Task The_tools_of_a_shell_script_work()
    {
        (await OutputOfAsync("seq 100 | awk '{s += $1} END {print s}'; printf 'b\\na\\n' | sort | paste -sd, -; echo abc | sed 's/b/B/'; tar cf - /etc/passwd 2> /dev/null | tar tf - ; echo hi | gzip | gunzip; date -u -d @0 +%Y; mktemp | cut -c1-5; expr 6 \\* 7"))
            .ShouldBe("5050\na,b\naBc\netc/passwd\nhi\n1970\n/tmp/\n42");
    }

    [Fact(Timeout = Minute)]
    public async Task Two_hundred_small_runs_in_parallel_give_their_own_answers()
    {
        var runs = await Task.WhenAll(Enumerable.Range(0, 200).Select(i => RunAsync(ExecutionConfig.Of($"echo {i} > f; cat f", "wc -l < f") with { ResultPath = "f" })));

        runs.Select(run => run.Result).ShouldBe(Enumerable.Range(0, 200).Select(i => $"{i}\n"));
        runs.ShouldAllBe(run => run.Status == 0 && run.Execution[1].Stdout == "1");
    }
}

public sealed class LocalLanguageTests(Sandboxes sandboxes) : LanguageTests(sandboxes.Local);

public sealed class RemoteLanguageTests(Sandboxes sandboxes) : LanguageTests(sandboxes.Remote);

public sealed class RemoteSyncLanguageTests(Sandboxes sandboxes) : LanguageTests(sandboxes.RemoteSync);
