using SandboxApi.SecurityTests.Fixtures;
using SandboxApi.SecurityTests.Matrix;

namespace SandboxApi.SecurityTests.Attacks;

/// <summary>What a memory limit breaks elsewhere: runtimes that reserve far more than they use.</summary>
[Attack(21)]
public sealed class HonestRuntimeTests(Arena arena) : AttackTests(arena)
{
    [Theory(Timeout = Long)]
    [InlineData("python3", "python3 -c 'import threading; t = threading.Thread(target=lambda: print(\"hello\")); t.start(); t.join()'")]
    [InlineData("node", "node -e 'setTimeout(() => console.log(\"hello\"), 1)'")]
    [InlineData("java", "printf 'class H { public static void main(String[] a) { System.out.println(\"hello\"); } }' > H.java && java -XX:TieredStopAtLevel=1 H.java")]
    [InlineData("dotnet", "dotnet --list-runtimes > /dev/null && echo hello")]
    [InlineData("go", "printf 'package main\\nfunc main() { print(\"hello\") }' > m.go && go run m.go 2>&1")]
    [InlineData("perl", "perl -e 'print \"hello\"'")]
    public async Task A_runtime_says_hello_in_256_MiB(string runtime, string command)
    {
        await NeedsAsync(runtime);

        var result = await RunOneAsync(command);

        result.Stdout.ShouldBe("hello", result.Stderr);
        result.Verdict.ShouldBe(Verdict.Ok);
    }
}
