using SandboxApi.SecurityTests.Fixtures;
using SandboxApi.SecurityTests.Matrix;

namespace SandboxApi.SecurityTests.Attacks;

/// <summary>A disk that is filled: the sandbox's own, never the host's.</summary>
[Attack(19)]
public sealed class DiskFillTests(Arena arena) : AttackTests(arena)
{
    /// <summary>What other programs of the host may write meanwhile.</summary>
    private const long Slack = 24L << 20;

    public static TheoryData<string> Blocks { get; } =
    [
        "exec head -c 1G /dev/zero > full",
        "exec head -c 1G /dev/zero > /tmp/full",
        "exec head -c 1G /dev/zero > /dev/shm/full",
        "fallocate -l 31M full && exec head -c 2M /dev/zero > /dev/shm/rest",
        "exec dd if=/dev/zero of=full bs=1M count=100 oflag=sync conv=fsync",
        "exec 3> gone; rm gone; sleep 100 & head -c 1G /dev/zero >&3",
        "for ((i = 0; ; i++)); do head -c 1M /dev/zero > f$i || exit 1; done",
        "(head -c 1G /dev/zero > a; exit 1) & (head -c 1G /dev/zero > /tmp/b; exit 1) & (head -c 1G /dev/zero > /dev/shm/c; exit 1) & wait -n; wait; exit 1",
        "truncate -s 1T sparse; exec dd if=/dev/zero of=sparse bs=1M seek=1000 count=100 conv=notrunc",
        "while :; do head -c 1M /dev/urandom >> ~/.bash_history || exit 1; done",
        "head -c 100M /dev/zero | tee a /tmp/b > /dev/shm/c; exit 1",
    ];

    public static TheoryData<string> Inodes { get; } =
    [
        "for ((i = 0; ; i++)); do : > f$i || exit 1; done",
        "exec python3 -c 'import os\nwhile True:\n    os.mkdir(\"d\"); os.chdir(\"d\")'",
        "exec python3 -c 'import os\nopen(\"f\", \"w\")\ni = 0\nwhile True:\n    i += 1; os.link(\"f\", f\"n{i}\")'",
        "exec python3 -c 'import os\ni = 0\nwhile True:\n    i += 1; os.mkfifo(f\"n{i}\")'",
        "exec python3 -c 'import os\ni = 0\nwhile True:\n    i += 1; os.symlink(\"x\" * 4000, f\"n{i}\")'",
    ];

    [Theory(Timeout = Long)]
    [MemberData(nameof(Blocks))]
    public Task Bytes_without_end_fill_the_sandbox_and_not_the_host(string command) => FillsAsync(command);

    [Theory(Timeout = Long)]
    [MemberData(nameof(Inodes))]
    public Task Files_without_end_fill_the_sandbox_and_not_the_host(string command) => FillsAsync(command);

    [Theory(Timeout = Long)]
    [InlineData("fallocate -l 1G full")]
    [InlineData(": > full; fallocate -n -l 1G full")]
    [InlineData("fallocate -l 1T full")]
    public async Task What_is_reserved_beyond_the_storage_is_refused_by_the_kernel(string command)
    {
        var result = await RunOneAsync(command);

        result.ExitCode.ShouldBe(1);
        result.Stderr.ShouldContain("No space left on device");
    }

    [Fact(Timeout = Long)]
    public async Task A_file_without_a_name_goes_with_its_program_and_leaves_the_storage_empty()
    {
        // Full while the program ran, free again when it had ended: only the program can tell, and does.
        var result = await RunAsync("-exec 3> gone; rm gone; exec head -c 1G /dev/zero >&3", "df --output=used . | tail -n 1");

        result.Execution[0].Verdict.ShouldBe(Verdict.Failed);
        result.Execution[0].Stderr.ShouldContain("No space left on device");
        int.Parse(result.Execution[1].Stdout, System.Globalization.CultureInfo.InvariantCulture).ShouldBeLessThan(100);
    }

    [Fact(Timeout = Long)]
    public async Task Holes_take_no_room()
    {
        var result = await RunAsync("for i in $(seq 100); do truncate -s 1T $i; done; du -s . | cut -f 1", "echo still works > file && cat file");

        result.Execution[0].Verdict.ShouldBe(Verdict.Ok);
        result.Execution[0].Stdout.ShouldBe("0");
        result.Execution[1].Stdout.ShouldBe("still works");
    }

    [Fact(Timeout = Long)]
    public async Task A_full_disk_stays_the_programs_own_trouble()
    {
        var result = await RunAsync(ExecutionConfig.Of("-exec head -c 1G /dev/zero > full", "echo speaks; cat", "rm full; echo room > out") with { ResultPath = "out", Stdin = "and hears" });

        result.Execution.Select(command => command.Verdict).ShouldBe([Verdict.Disk, Verdict.Ok, Verdict.Ok]);
        result.Execution[1].Stdout.ShouldBe("speaks\nand hears");
        result.Result.ShouldBe("room\n");
    }

    [Fact(Timeout = Long)]
    public async Task A_file_beyond_its_own_limit_ends_its_writer()
    {
        foreach (var command in (string[])["exec head -c 2M /dev/zero > f", "exec python3 -c 'import os, signal; signal.signal(signal.SIGXFSZ, signal.SIG_DFL); os.truncate(\"f\", 1 << 40)' > f", "exec fallocate -l 2M f"])
        {
            var result = await RunOneAsync(new Command(command) { Limits = new Limits { FileSize = 1 << 20 } });

            result.Verdict.ShouldBe(Verdict.Disk, command);
            result.ExitCode.ShouldBe(128 + 25, command);
        }
    }

    private async Task FillsAsync(string command)
    {
        var python = command.Contains("python3", StringComparison.Ordinal);
        if (python)
            await NeedsAsync("python3");
        var before = Free();

        var result = await RunOneAsync(new Command(command) { Timeout = Within(8) });

        result.Verdict.ShouldBe(Verdict.Disk, result.Stderr);
        result.ExitCode.ShouldNotBe(0);
        await EventuallyAsync(() => Task.FromResult(Free().All(disk => disk.Value >= before[disk.Key] - Slack)), "the host's disks are as free as before");
    }

    /// <summary>The room on each of the host's file systems that a leak could fill.</summary>
    private static Dictionary<string, long> Free() => ((string[])["/", "/tmp", "/dev/shm", "/run", "/var/tmp"]).Where(Directory.Exists).ToDictionary(path => path, path => new DriveInfo(path).AvailableFreeSpace);
}
