using SandboxApi.SecurityTests.Fixtures;
using SandboxApi.SecurityTests.Matrix;

namespace SandboxApi.SecurityTests.Attacks;

/// <summary>Results that are no plain file, or one without end: answered at once.</summary>
[Attack(6)]
public sealed class ResultKindTests(Arena arena) : AttackTests(arena)
{
    /// <summary>How the result is made.</summary>
    public static TheoryData<string> Kinds { get; } =
    [
        "mkfifo out",
        "mkfifo out; (echo x > out) & (cat out > /dev/null) & disown -a",
        "mkfifo out; setsid bash -c 'exec 3<> out; for ((;;)); do echo x >&3; done' > /dev/null 2>&1 & disown -a; while ! pgrep -f exec; do :; done",
        "exec python3 -c 'import socket; socket.socket(socket.AF_UNIX).bind(\"out\")'",
        "exec python3 -c 'import os, stat; os.mknod(\"out\", stat.S_IFCHR | 0o666, os.makedev(1, 5))'",
        "exec python3 -c 'import os, stat; os.mknod(\"out\", stat.S_IFBLK | 0o666, os.makedev(8, 0))'",
        "mknod out c 1 5; mknod out b 7 0; cp -a /dev/zero out",
        "ln -s /dev/zero out",
        "ln -s /dev/random out",
        "ln -s /proc/self/mem out",
        "ln -s /proc/kmsg out",
        "ln -s /proc/self/fd/1 out",
        "mkdir out",
        "mkdir -p out/out; ln -s out out/link",
        "mkdir out; chmod 000 out",
        "mkfifo p; ln p out",
        "touch out; rm out; mkdir out; rmdir out",
    ];

    [Theory(Timeout = Long)]
    [MemberData(nameof(Kinds))]
    public async Task What_is_no_plain_file_is_not_found_at_once(string make)
    {
        var started = TimeProvider.System.GetTimestamp();

        var result = await RunAsync(ExecutionConfig.Of("-" + make) with { ResultPath = "out", Save = true });

        result.Status.ShouldBe(-3);
        result.Result.ShouldBeNull();
        result.Environment.ShouldNotBeNull();
        TimeProvider.System.GetElapsedTime(started).ShouldBeLessThan(AtMost(10));
    }

    [Theory(Timeout = Long)]
    [InlineData("truncate -s 1T out")]
    [InlineData("truncate -s 8E out || truncate -s 4E out || truncate -s 2T out")]
    [InlineData("truncate -s 17M out")]
    [InlineData("exec python3 -c 'f = open(\"out\", \"wb\"); f.seek(1 << 40); f.write(b\"end\")'")]
    public async Task A_plain_file_beyond_the_limit_is_told_by_its_size_and_not_read(string make)
    {
        var started = TimeProvider.System.GetTimestamp();
        ExecutionResult? result = null;

        var rise = await PeakMemory.RiseAsync(async () => result = await RunAsync(ExecutionConfig.Of(make) with { ResultPath = "out" }));

        result!.Status.ShouldBe(-1);
        result.Result.ShouldBeNull();
        result.Message.ShouldNotBeNull().ShouldContain("at most");
        rise.ShouldBeLessThan(32L << 20);
        TimeProvider.System.GetElapsedTime(started).ShouldBeLessThan(AtMost(10));
    }

    [Fact(Timeout = Long)]
    public async Task A_file_that_grows_and_shrinks_is_read_as_it_was_when_all_had_ended()
    {
        await NeedsAsync("python3");
        for (var round = 0; round < 4; round++)
        {
            var result = await RunAsync(ExecutionConfig.Of(
                new Command("cat > /tmp/p; python3 /tmp/p > /dev/null 2>&1 & while [ ! -s out ]; do :; done") { Stdin = "import os\nos.setsid()\nf = os.open('out', os.O_RDWR | os.O_CREAT)\nwhile True:\n    os.pwrite(f, b'x' * 100000, 0)\n    os.ftruncate(f, 10)\n    os.ftruncate(f, 200000)\n" })
                with { ResultPath = "out" });

            result.Status.ShouldBe(0);
            result.Result.ShouldNotBeNull().Trim('x', '\0').ShouldBeEmpty();
            result.Result.Length.ShouldBeOneOf(10, 100_000, 200_000);
        }
    }

    [Fact(Timeout = Long)]
    public async Task A_file_under_locks_leases_and_watches_of_its_program_is_read_all_the_same()
    {
        await NeedsAsync("python3");

        var result = await RunAsync(ExecutionConfig.Of(
            new Command("cat > /tmp/p; python3 /tmp/p > /dev/null 2>&1 & while [ ! -e held ]; do :; done") { Stdin = "import fcntl, signal, time\nopen('out', 'w').write('text')\nf = open('out', 'r+')\nfcntl.flock(f, fcntl.LOCK_EX)\nfcntl.lockf(f, fcntl.LOCK_EX)\ng = open('out')\ntry:\n    fcntl.fcntl(g, 1024, fcntl.F_RDLCK)\nexcept OSError:\n    pass\nopen('held', 'w')\nsignal.pause()\n" })
            with { ResultPath = "out" });

        result.Result.ShouldBe("text");
    }
}
