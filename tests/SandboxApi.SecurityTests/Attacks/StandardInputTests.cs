using SandboxApi.SecurityTests.Fixtures;
using SandboxApi.SecurityTests.Matrix;

namespace SandboxApi.SecurityTests.Attacks;

/// <summary>Standard input that is large, not read, or attacked.</summary>
[Attack(18)]
public sealed class StandardInputTests(Arena arena) : AttackTests(arena)
{
    private static readonly string s_large = new('x', 20_000_000);

    [Theory(Timeout = Long)]
    [InlineData("true", 0)]
    [InlineData("exec < /dev/null; cat", 0)]
    [InlineData("exec 0<&-; echo closed", 7)]
    [InlineData("head -c 1", 1)]
    [InlineData("cat | cat", 20_000_000)]
    [InlineData("wc -c", 9)]
    public async Task Twenty_megabytes_are_read_or_not_as_the_program_likes(string command, long output)
    {
        var result = await RunOneAsync(new Command(command) { Stdin = s_large });

        result.ExitCode.ShouldBe(0, result.Stderr);
        result.StdoutBytes.ShouldBe(output);
        result.Time.ShouldBeLessThan(AtMost(10));
    }

    [Fact(Timeout = Long)]
    public async Task Standard_input_cannot_be_changed_by_any_way()
    {
        await NeedsAsync("python3");

        var result = await RunAsync(
            new ExecutionConfig
            {
                Commands =
                [
                    "python3 -c \"$ATTACK\"; cat",
                    "python3 -c \"$ATTACK\"; cat",
                ],
                Environ = new Dictionary<string, string>
                {
                    ["ATTACK"] = """
                        import fcntl, mmap, os
                        def attempt(name, call):
                            try: call(); print(name)
                            except (OSError, ValueError): pass
                        attempt('write', lambda: os.write(0, b'forged'))
                        attempt('pwrite', lambda: os.pwrite(os.open('/proc/self/fd/0', os.O_RDWR), b'forged', 0))
                        attempt('truncate', lambda: os.ftruncate(0, 1))
                        attempt('open and truncate', lambda: os.ftruncate(os.open('/proc/self/fd/0', os.O_RDWR | os.O_TRUNC), 0))
                        attempt('map', lambda: mmap.mmap(0, 6, mmap.MAP_SHARED, mmap.PROT_WRITE))
                        attempt('grow', lambda: os.posix_fallocate(0, 0, 1 << 20))
                        attempt('seal', lambda: fcntl.fcntl(0, 1033, 0))
                        os.lseek(0, 0, 0)
                        """,
                },
                Stdin = "honest",
            });

        // The second command has the same text: it is no file of the first.
        result.Execution.Select(command => command.Stdout).ShouldBe(["honest", "honest"], result.Execution[0].Stderr);
    }

    [Fact(Timeout = Long)]
    public async Task A_position_left_in_the_input_is_not_the_next_commands()
    {
        var result = await RunAsync(new ExecutionConfig { Commands = ["head -c 3; exec 9<&0; (sleep 1000 &)", "cat"], Stdin = "honest" });

        result.Execution.Select(command => command.Stdout).ShouldBe(["hon", "honest"]);
    }
}
