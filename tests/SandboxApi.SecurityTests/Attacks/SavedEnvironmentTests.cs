using System.Formats.Tar;
using SandboxApi.FunctionalTests.Fixtures;
using SandboxApi.SecurityTests.Fixtures;
using SandboxApi.SecurityTests.Matrix;

namespace SandboxApi.SecurityTests.Attacks;

/// <summary>What an attacker would like to find again in the next run, or to have kept on the host.</summary>
[Attack(7)]
public sealed class SavedEnvironmentTests(Arena arena) : AttackTests(arena)
{
    private const UnixFileMode Special = UnixFileMode.SetUser | UnixFileMode.SetGroup;

    [Fact(Timeout = Long)]
    public async Task Setuid_bits_devices_pipes_and_sockets_are_not_kept()
    {
        await NeedsAsync("python3");
        var id = await SaveAsync("""
            cp /bin/bash a; chmod 6755 a; touch b; chmod 7777 b; mkdir c d; chmod 7777 c; touch c/e; chmod 4000 c/e
            mknod f c 1 5; mknod g b 8 0; mkfifo h c/i; cp -a /dev/zero j
            python3 -c 'import socket; socket.socket(socket.AF_UNIX).bind("k")'
            setcap cap_setuid+ep a; setfattr -n security.capability -v 0x0100000200000000 a; setfattr -n user.x -v y b
            true
            """);

        var members = Archive.Read(await DownloadAsync(id));

        members.ShouldAllBe(member => (member.Mode & Special) == 0);
        members.ShouldAllBe(member => member.Type == TarEntryType.RegularFile || member.Type == TarEntryType.Directory);
        members.Select(member => member.Name.TrimEnd('/')).Order(StringComparer.Ordinal).ShouldBe(["a", "b", "c", "c/e", "d"]);
        (await RunAsync(ExecutionConfig.Of("stat -c '%a %n' *; find . ! -type f ! -type d; find . -type f -perm /7000 -o -perm /6000; ./a -pc 'id -u; id -G'") with { Environment = id })).Execution[0].Stdout
            .ShouldBe("755 a\n777 b\n1777 c\n755 d\n1000\n1000", "the sticky bit of a directory gives nobody anything, and is kept");
    }

    [Fact(Timeout = Long)]
    public async Task Names_of_every_byte_come_back_as_they_were()
    {
        await NeedsAsync("python3");
        const string Look = "import os, hashlib\nprint(hashlib.sha256(b'\\0'.join(sorted(os.listdir(b'.')))).hexdigest(), len(os.listdir(b'.')))\n";
        var made = await RunAsync(ExecutionConfig.Of(new Command("python3 -") { Stdin = "import os\nfor b in range(1, 256):\n    if b not in (46, 47):\n        open(bytes([b]), 'w')\n    if b != 47:\n        open(bytes([b]) * 255, 'w')\n        os.symlink(bytes([b]) * 4000, bytes([b]) + b' link')\n" + Look }) with { Save = true });

        var again = await RunAsync(ExecutionConfig.Of(new Command("python3 -") { Stdin = Look }) with { Environment = made.Environment.ShouldNotBeNull() });

        made.Execution[0].Stdout.ShouldEndWith(" 761");
        again.Execution[0].Stdout.ShouldBe(made.Execution[0].Stdout);
    }

    [Fact(Timeout = Long)]
    public async Task Times_beyond_all_calendars_are_kept_or_set_to_nought_and_never_fail()
    {
        var id = await SaveAsync("touch -d @-9999999999 a; touch -d @99999999999999 b; touch -d @9223372036854775807 c; touch -d @-9223372036854775808 d; touch -d @8589934592 e; touch a b c d e; mkdir f; touch -d @-1 f; ln -s x g; touch -h -d @-1 g");

        (await RunAsync(ExecutionConfig.Of("ls | tr -d '\\n'") with { Environment = id, Save = true })).Execution[0].Stdout.ShouldBe("abcdefg");
        Archive.Read(await DownloadAsync(id)).Count.ShouldBe(7);
    }

    [Fact(Timeout = Long)]
    public async Task As_many_files_as_the_storage_holds_are_kept_and_come_back()
    {
        await NeedsAsync("python3");
        var filled = await RunAsync(ExecutionConfig.Of(new Command("python3 -") { Stdin = "n = 0\ntry:\n    while True:\n        open(f'f{n}', 'w')\n        n += 1\nexcept OSError:\n    print(n)\n" }) with { Save = true });
        var count = int.Parse(filled.Execution[0].Stdout, System.Globalization.CultureInfo.InvariantCulture);

        filled.Execution[0].Verdict.ShouldBe(Verdict.Disk);
        count.ShouldBeInRange(19_900, 20_000);
        var id = filled.Environment.ShouldNotBeNull();
        (await RunAsync(ExecutionConfig.Of("ls -f | wc -l") with { Environment = id })).Execution[0].Stdout.ShouldBe($"{count + 2}");
        (await DownloadAsync(id, $"f{count - 1}")).ShouldBeEmpty();
    }

    [Fact(Timeout = Long)]
    [Attack(55)]
    public async Task What_cannot_be_started_from_again_is_not_kept_at_the_hosts_cost()
    {
        var host = new DriveInfo(Arena.DataDirectory);
        var free = host.AvailableFreeSpace;

        foreach (var small in (string[])["truncate -s 900M sparse", "truncate -s 1T sparse", "truncate -s 20M a; truncate -s 20M b", "for i in $(seq 900); do truncate -s 1M s$i; done"])
        {
            var started = TimeProvider.System.GetTimestamp();

            var result = await RunAsync(ExecutionConfig.Of(small) with { Save = true });

            result.Execution[0].ExitCode.ShouldBe(0, small);
            result.Environment.ShouldBeNull(small);
            result.Status.ShouldBe(-1);
            result.Message.ShouldNotBeNull().ShouldContain("more than 32 MiB");
            TimeProvider.System.GetElapsedTime(started).ShouldBeLessThan(AtMost(10));
        }

        host.AvailableFreeSpace.ShouldBeGreaterThan(free - (64L << 20));
    }

    [Fact(Timeout = Long)]
    [Attack(55)]
    public async Task What_is_kept_can_be_started_from_again()
    {
        var id = await SaveAsync("truncate -s 10M sparse; ln sparse hard; head -c 5M /dev/urandom > a; ln a b");

        var again = await RunAsync(ExecutionConfig.Of("cmp a b && cmp sparse hard && stat -c %s a sparse") with { Environment = id });

        again.Execution[0].Stdout.ShouldBe("5242880\n10485760");
    }

    [Fact(Timeout = Long)]
    [Attack(55)]
    public async Task Names_of_one_file_cost_the_host_nothing_but_their_names()
    {
        var id = await SaveAsync("head -c 20M /dev/urandom > a; mkdir d; for i in $(seq 500); do ln a d/$i; done; chmod 000 a");

        (await DownloadAsync(id)).Length.ShouldBeLessThan(22 << 20);
        var again = await RunAsync(ExecutionConfig.Of("stat -c '%h %a %s' a; chmod 600 d/7; cmp a d/500 && echo same") with { Environment = id });
        again.Execution[0].Stdout.ShouldBe("501 0 20971520\nsame");
        (await DownloadAsync(id, "d/250")).Length.ShouldBe(20 << 20);
    }
}
