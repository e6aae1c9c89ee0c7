using SandboxApi.SecurityTests.Fixtures;
using SandboxApi.SecurityTests.Matrix;

namespace SandboxApi.SecurityTests.Attacks;

/// <summary>Crashes: no file of a core, in the sandbox or on the host, and no program of the host started for one.</summary>
[Attack(33)]
public sealed class CoreDumpTests(Arena arena) : AttackTests(arena)
{
    [Theory(Timeout = Long)]
    [InlineData("SEGV", 11)]
    [InlineData("ABRT", 6)]
    [InlineData("QUIT", 3)]
    [InlineData("SYS", 31)]
    [InlineData("XCPU", 24)]
    public async Task A_crash_leaves_no_core(string signal, int number)
    {
        // A place of its own for each kind of name that core_pattern may give: absolute, or relative to where the program was.
        var result = await RunAsync("ulimit -c unlimited; ulimit -c 0; cd /tmp; python3 -c 1; sh -c 'kill -" + signal + " $$'; echo $?; ls -A /tmp /home/student /dev/shm", $"trap - QUIT; exec sh -c 'kill -{signal} $$'");

        result.Execution[0].Stdout.ShouldBe($"{128 + number}\n/dev/shm:\n\n/home/student:\n\n/tmp:");
        result.Execution[1].Signal.ShouldBe(number);
        result.Execution[1].Verdict.ShouldBe(Verdict.Signalled);
    }

    [Fact(Timeout = Long)]
    public async Task The_limit_that_keeps_the_host_from_handling_a_crash_cannot_be_changed()
    {
        // 1 alone keeps a program named by core_pattern from being started (core(5)): neither more, nor 0 by which it would be.
        var result = await PythonAsync("""
            import resource, os
            seen = [resource.getrlimit(resource.RLIMIT_CORE)]
            for limit in ((0, 0), (0, 1), (1 << 20, 1 << 20), (-1, -1)):
                try: resource.setrlimit(resource.RLIMIT_CORE, limit)
                except (OSError, ValueError): pass
                try: resource.prlimit(os.getpid(), resource.RLIMIT_CORE, limit)
                except (OSError, ValueError): pass
                seen.append(resource.prlimit(0, resource.RLIMIT_CORE))
            print(set(seen))
            resource.setrlimit(resource.RLIMIT_NOFILE, (100, 200))
            print(resource.getrlimit(resource.RLIMIT_NOFILE))
            """);

        result.Stdout.ShouldBe("{(1, 1)}\n(100, 200)", result.Stderr);
    }

    [Fact(Timeout = Long)]
    public async Task A_program_that_wants_no_core_is_told_that_there_will_be_none()
    {
        (await RunOneAsync("set -e; ulimit -c 0; ulimit -S -c 0; ulimit -c")).Stdout.ShouldBe("0");
    }
}
