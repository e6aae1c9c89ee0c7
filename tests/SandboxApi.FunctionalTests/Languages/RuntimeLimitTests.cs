using System.Globalization;
using SandboxApi.FunctionalTests.Fixtures;

namespace SandboxApi.FunctionalTests.Languages;

/// <summary>Runtimes that plan their heap with the memory they see: at the default limit of 256 MiB, with their default settings.</summary>
public sealed class RuntimeLimitTests(Sandboxes sandboxes) : SandboxTests(sandboxes.Local), IAsyncLifetime
{
    private const int Long = 5 * Minute;

    private const string ShortLived = """
        public class Main {
            static byte[] last;
            public static void main(String[] args) {
                for (int i = 0; i < 20_000; i++)
                    last = new byte[100_000];
                System.out.println("done");
            }
        }
        """;

    private const string Replaced = """
        import java.util.*;
        public class Main {
            public static void main(String[] args) {
                Map<Integer, Object[]> map = new HashMap<>();
                for (int round = 0; round < 10; round++)
                    for (int i = 0; i < 300_000; i++)
                        map.put(i, new Object[] { round, i });
                System.out.println(map.size());
            }
        }
        """;

    private Dedicated? dedicated;

    /// <summary>Of its own, with time for compilers on a busy machine; the limits are the defaults.</summary>
    protected override ISandbox Sandbox => dedicated!.Sandbox;

    public async ValueTask InitializeAsync()
    {
        TestHost.Needs("memory");
        dedicated = await Subject.StartAsync(options => options.RunTimeout = TimeSpan.FromMinutes(2));
    }

    public async ValueTask DisposeAsync()
    {
        if (dedicated is not null)
            await dedicated.DisposeAsync();
    }

    [Fact(Timeout = Long)]
    public async Task Java_plans_its_heap_within_the_limit()
    {
        await NeedsAsync("java");

        long.Parse(await OutputOfAsync("java -XX:+PrintFlagsFinal -version 2> /dev/null | awk '$2 == \"MaxHeapSize\" { print $4 }'"), CultureInfo.InvariantCulture).ShouldBeInRange(32 << 20, 160 << 20);
        (await OutputOfAsync("java -Xlog:os+container=trace -version | grep -m1 -o 'Memory Limit is: [0-9]*'")).ShouldBe($"Memory Limit is: {256 << 20}");
    }

    [Theory(Timeout = Long)]
    [InlineData(ShortLived, "done")]
    [InlineData(Replaced, "300000")]
    public async Task A_java_program_collects_before_its_memory_is_used_up(string source, string output)
    {
        await NeedsAsync("javac");
        var result = await RunAsync(ExecutionConfig.Of("javac Main.java", "java Main"), Archive.Of(("Main.java", source)));

        result.Status.ShouldBe(0, result.Execution[^1].Stderr + result.Execution[^1].Verdict);
        result.Execution[1].Stdout.ShouldBe(output);
    }

    [Fact(Timeout = Long)]
    public async Task Node_plans_its_heap_within_the_limit()
    {
        await NeedsAsync("node");
        var figures = (await OutputOfAsync("node -p 'process.constrainedMemory() + \" \" + require(\"v8\").getHeapStatistics().heap_size_limit'")).Split(' ');

        figures[0].ShouldBe($"{256 << 20}");
        long.Parse(figures[1], CultureInfo.InvariantCulture).ShouldBeInRange(64 << 20, 300 << 20);
    }

    [Theory(Timeout = Long)]
    [InlineData("let last; for (let i = 0; i < 20000; i++) last = new Uint8Array(100000); console.log('done')", "done")]
    [InlineData("const map = new Map(); for (let round = 0; round < 10; round++) for (let i = 0; i < 300000; i++) map.set(i, { round, i, text: 'x' + i }); console.log(map.size)", "300000")]
    public async Task A_node_program_collects_before_its_memory_is_used_up(string source, string output)
    {
        await NeedsAsync("node");
        var result = await RunAsync(ExecutionConfig.Of("node main.js"), Archive.Of(("main.js", source)));

        result.Status.ShouldBe(0, result.Execution[0].Stderr + result.Execution[0].Verdict);
        result.Execution[0].Stdout.ShouldBe(output);
    }

    [Fact(Timeout = Long)]
    public async Task Dotnet_plans_its_heap_within_the_limit_and_collects_before_its_memory_is_used_up()
    {
        await NeedsAsync("dotnet");
        const string Source = """
            using System;
            using System.Collections.Generic;
            Console.WriteLine(GC.GetGCMemoryInfo().TotalAvailableMemoryBytes + " " + Environment.ProcessorCount);
            byte[] last = null;
            for (var i = 0; i < 20_000; i++)
                last = new byte[100_000];
            var map = new Dictionary<int, object>();
            for (var round = 0; round < 10; round++)
                for (var i = 0; i < 300_000; i++)
                    map[i] = new object[] { round, i };
            Console.WriteLine(last.Length + map.Count);
            """;
        const string Compile = """
            framework=$(dotnet --list-runtimes | sed -n 's/^Microsoft.NETCore.App \([0-9.]*\) \[\(.*\)\]$/\2\/\1/p' | tail -n 1)
            compiler=$(ls -d "${framework%/shared/*}"/sdk/*/Roslyn/bincore/csc.dll 2> /dev/null | tail -n 1)
            [ -n "$compiler" ] || { echo lacking; exit; }
            printf '{"runtimeOptions":{"framework":{"name":"Microsoft.NETCore.App","version":"%s"}}}' "${framework##*/}" > main.runtimeconfig.json
            dotnet "$compiler" -nologo -nostdlib -out:main.dll $(printf -- '-r:%s ' "$framework"/*.dll | tr ' ' '\n' | grep -E '/(System\.(Runtime|Console|Collections|Private\.CoreLib))\.dll$') main.cs
            """;

        var result = await RunAsync(ExecutionConfig.Of(Compile, "dotnet main.dll"), Archive.Of(("main.cs", Source)));
        Assert.SkipWhen(result.Execution[0].Stdout == "lacking", "the .NET SDK is not installed inside the sandbox");
        result.Status.ShouldBe(0, result.Execution[^1].Stdout + result.Execution[^1].Stderr + result.Execution[^1].Verdict);

        // The runtime takes three quarters of the limit for its heap.
        var lines = result.Execution[1].Stdout.Split('\n');
        long.Parse(lines[0].Split(' ')[0], CultureInfo.InvariantCulture).ShouldBeInRange(150 << 20, 256 << 20);
        lines[1].ShouldBe("400000");
    }

    [Fact(Timeout = Long)]
    public async Task A_quota_of_processor_time_is_seen_as_processors()
    {
        TestHost.Needs("cpu");
        await using var half = await Subject.StartAsync(options => (options.CpuQuota, options.CpuPeriod, options.RunTimeout) = (50_000, 100_000, TimeSpan.FromMinutes(2)));
        var result = await RunAsync(half.Sandbox, ExecutionConfig.Of(
            "cat /sys/fs/cgroup/cpu.max /sys/fs/cgroup/*/cpu.max /sys/fs/cgroup/*/cpu.cfs_quota_us /sys/fs/cgroup/*/cpu.cfs_period_us 2> /dev/null | head -n 2 | xargs",
            "! command -v java > /dev/null || java -Xlog:os+container=trace -version | grep -m1 -o 'active_processor_count: [0-9]*'"));

        result.Execution[0].Stdout.ShouldBe("50000 100000");
        result.Execution[1].Stdout.ShouldBeOneOf("", "active_processor_count: 1");
    }
}
