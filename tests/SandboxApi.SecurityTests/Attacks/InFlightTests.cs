using SandboxApi.SecurityTests.Fixtures;
using SandboxApi.SecurityTests.Matrix;

namespace SandboxApi.SecurityTests.Attacks;

/// <summary>Descriptors on their way through sockets, which the kernel counts by user: as an ordinary user, who is in all sandboxes, also those that hand a sandbox over.</summary>
public sealed class InFlightTests(Arena arena) : AttackTests(arena)
{
    [Fact(Timeout = Long)]
    [Attack(234)]
    public async Task Whoever_sends_as_many_as_may_be_keeps_no_other_sandbox_from_being_made()
    {
        await NeedsAsync("python3");
        var attack = RunAsync(Beside, ExecutionConfig.Of(Feed("exec python3 -", PythonCalls.Program("""
            import array, socket, time
            held, sent, null = [], 0, os.open("/dev/null", os.O_RDONLY)
            try:
                while True:
                    held.append(socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM))
                    for _ in range(8):
                        held[-1][0].sendmsg([b"x"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [null] * 253))])
                        sent += 253
            except OSError as error:
                print(sent, error.errno, flush=True)
            time.sleep(3)
            """))));

        // More than were ready before it began, so that some have to be made meanwhile.
        while (!attack.IsCompleted)
            (await RunAsync(Beside, ExecutionConfig.Of("echo made"))).Execution[0].Stdout.ShouldBe("made");

        var said = (await attack).Execution[0].Stdout.Split(' ').Select(int.Parse).ToList();
        said[0].ShouldBeGreaterThan(1000);
        said[1].ShouldBe(109, "ETOOMANYREFS: it sent until it could send no more");
    }
}
