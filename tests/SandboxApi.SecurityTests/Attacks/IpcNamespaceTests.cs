using SandboxApi.SecurityTests.Fixtures;
using SandboxApi.SecurityTests.Matrix;

namespace SandboxApi.SecurityTests.Attacks;

/// <summary>An ipc namespace serves more than one run only while no object was ever made in it; whoever makes one takes it along.</summary>
[Attack(24)]
public sealed class IpcNamespaceTests(Arena arena) : AttackTests(arena)
{
    /// <summary>Its number, and all that the kernel tells of what is in it.</summary>
    private const string Identity = "readlink /proc/self/ns/ipc; cat /proc/sysvipc/*; grep . /proc/sys/kernel/msg* /proc/sys/kernel/sem* /proc/sys/kernel/shm* /proc/sys/fs/mqueue/* 2> /dev/null";

    /// <summary>Tells whether what was made is there: else the test could not fail.</summary>
    private const string Look = "seen = any('1296126539' in open('/proc/sysvipc/' + n).read() for n in ('shm', 'sem', 'msg')) or not isinstance(call(240, b'mark', 2, 0, None), str)\ntell('there' if seen else 'nothing')";

    /// <summary>Ways to make an object that outlives its maker.</summary>
    public static TheoryData<string, string> Ways { get; } = new()
    {
        { "shared memory", "call(29, 0x4D41524B, 4096, 0o1666)" },
        { "semaphores", "call(64, 0x4D41524B, 3, 0o1666)" },
        { "a queue of System V", "q = call(68, 0x4D41524B, 0o1666); libc.msgsnd(q, b'\\1' * 8 + b'mark', 4, 0)" },
        { "a POSIX queue", "call(240, b'mark', 0o102, 0o666, None)" },
    };

    [Theory(Timeout = Long)]
    [MemberData(nameof(Ways))]
    public async Task Whoever_makes_an_object_takes_the_ipc_namespace_along(string way, string statement)
    {
        var before = await SeeAsync();

        var made = await PythonAsync(PythonCalls.Program($"{statement}\n{Look}"));

        made.Stdout.ShouldBe("there", way + made.Stderr);
        var after = await SeeAsync();
        after.Namespace.ShouldNotBe(before.Namespace, way);
        after.State.ShouldBe(before.State, way);
    }

    [Fact(Timeout = Long)]
    public async Task A_run_that_makes_none_leaves_it_as_it_found_it()
    {
        var before = await SeeAsync();

        // Calls on objects that are not there, and shared memory of another kind.
        var result = await PythonAsync(PythonCalls.Program("""
            tell(call(30, 0, 0, 0), call(31, 0, 0, 0), call(65, 0, None, 0), call(66, 0, 0, 0), call(69, 0, b"x" * 16, 8, 0), call(71, 0, 0, 0), call(241, b"mark"))
            from multiprocessing import shared_memory
            open("/dev/shm/mark", "w").write("x")
            """));

        result.Stdout.ShouldContain("E");
        (await SeeAsync()).ShouldBe(before);
    }

    private async Task<(string Namespace, string State)> SeeAsync()
    {
        var seen = (await RunOneAsync(new Command(Identity))).Stdout.Split('\n', 2);
        return (seen[0], seen[1]);
    }
}
