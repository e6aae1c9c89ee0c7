using SandboxApi.Runtime.Tests.Environments;
using SandboxApi.SecurityTests.Fixtures;
using SandboxApi.SecurityTests.Matrix;

namespace SandboxApi.SecurityTests.Attacks;

/// <summary>Links where the server writes next, or changes owner and mode.</summary>
public sealed class PlantedLinkTests(Arena arena) : AttackTests(arena)
{
    /// <summary>Names that servers of this kind write, or wrote, into the directory of a run.</summary>
    private const string Names = "out result stdin stdout stderr input output cmd command script run.sh main meta metadata status exit_code .bashrc .bash_profile .profile .bash_logout environment environment.tgz box tmp";

    [Fact(Timeout = Long)]
    [Attack(2)]
    public async Task Links_planted_between_two_commands_are_not_written_through()
    {
        using var canary = await Canary.PlaceAsync();
        var plant = canary.Aim($$"""
            cd /; rm -rf /home/student/* /home/student/.[!.]* /tmp/* /dev/shm/* 2> /dev/null
            for d in /home/student /tmp /dev/shm; do for n in {{Names}}; do ln -sfn CANARY $d/$n; done; done
            mv /home/student /tmp/student; rmdir /home/student /tmp /dev/shm; ln -sfn NEST /home/student; ln -sfn NEST /tmp; ln -sfn NEST /dev/shm; ln -sfT NEST /home
            ln -sf CANARY /dev/null; ln -sf CANARY /etc/passwd; ln -sf CANARY /proc/self/fd/1
            true
            """);

        var result = await RunAsync(ExecutionConfig.Of(plant, new Command("pwd -P; cat; echo more >> /dev/null") { Stdin = "the input" }) with { ResultPath = "out", Save = true });

        result.Status.ShouldBe(-3);
        result.Execution[1].Stdout.ShouldBe("/home/student\nthe input");
        result.Environment.ShouldNotBeNull();
        await canary.ShouldBeUntouchedAsync();
    }

    [Fact(Timeout = Long)]
    [Attack(2)]
    public async Task An_archive_and_a_stored_environment_are_not_laid_through_planted_links()
    {
        using var canary = await Canary.PlaceAsync();
        var id = await SaveAsync(canary.Aim($"for n in {Names}; do ln -s CANARY $n; done; ln -s NEST d; ln -s . self; ln -s .. up; ln -s d e"));
        var over = new TarBytes();
        foreach (var name in Names.Split(' '))
            over.File(name, "written", mode: "0004777");

        var result = await RunAsync(ExecutionConfig.Of("cat out run.sh; stat -c %F%A tmp; cat d/canary") with { Environment = id }, over.ToTgz());

        result.Execution[0].Stdout.ShouldBe("writtenwrittenregular file-rwxrwxrwx");
        foreach (var path in (string[])["d/canary", "d/new", "e/canary", "self/d/canary", "up/student/x", "up/tmp/x"])
            await RefusedAsync(() => RunAsync(ExecutionConfig.Of("true") with { Environment = id }, new TarBytes().File(path, "written").ToTgz()), SandboxErrorCode.InvalidArchive);
        await canary.ShouldBeUntouchedAsync();
    }

    [Fact(Timeout = Long)]
    [Attack(3)]
    public async Task Links_to_files_of_root_keep_those_files_owner_and_mode()
    {
        using var canary = await Canary.PlaceAsync();
        var plant = canary.Aim("""
            ln -s CANARY a; ln -s NEST b; ln -s /etc/shadow c; ln -s /bin/bash d; ln -s / e
            ln CANARY f; ln /bin/bash g; ln /etc/shadow h; ln -L d i; ln -P d j
            chown student: a b c d e; chmod 4777 a d /bin/bash; chown -R student . ; chmod -R 777 .; chattr -i d
            touch -h a; touch d; setfacl -m u:student:rwx d; setcap cap_sys_admin+ep d
            true
            """);

        var result = await RunAsync(ExecutionConfig.Of(plant) with { Save = true, ResultPath = "a" });
        var again = await RunAsync(ExecutionConfig.Of("stat -c '%N' a b c d e j; cat a") with { Environment = result.Environment.ShouldNotBeNull(), Save = true });

        again.Execution[0].Stdout.ShouldBe(canary.Aim("'a' -> 'CANARY'\n'b' -> 'NEST'\n'c' -> '/etc/shadow'\n'd' -> '/bin/bash'\n'e' -> '/'\n'j' -> '/bin/bash'"));
        await canary.ShouldBeUntouchedAsync();
    }

    [Fact(Timeout = Long)]
    [Attack(3)]
    public async Task Links_to_files_that_nobody_may_read_do_not_have_them_opened_up()
    {
        using var canary = await Canary.PlaceAsync();

        // What is locked is given the permission to be read when it is saved by an ordinary user: that must be the file itself, and its mode must come back as it was.
        var id = await SaveAsync(canary.Aim("mkdir -p d/e; echo text > d/f; echo text > g; ln -s CANARY d/h; ln -s NEST d/i; ln d/f j; chmod 000 d/f g d/e; chmod 000 d"));

        (await RunAsync(ExecutionConfig.Of("stat -c '%a %n' g j; chmod 700 d; stat -c '%a %N' d/*") with { Environment = id })).Execution[0].Stdout
            .ShouldBe(canary.Aim("0 g\n0 j\n0 'd/e'\n0 'd/f'\n777 'd/h' -> 'CANARY'\n777 'd/i' -> 'NEST'"));
        await canary.ShouldBeUntouchedAsync();
    }

    [Theory(Timeout = Long)]
    [Attack(2)]
    [InlineData("chmod 000 /home/student /tmp /dev/shm")]
    [InlineData("chmod 4000 /home/student")]
    [InlineData("mkdir /tmp/d; chmod 000 /home/student; cd /tmp/d; rmdir /tmp/d")]
    public async Task A_home_that_its_owner_locked_costs_only_his_own_run(string plant)
    {
        var result = await RunAsync(ExecutionConfig.Of(plant, "pwd") with { Save = true, ResultPath = "out" });

        result.Execution[0].ExitCode.ShouldBe(0);
        result.Status.ShouldBe(-3);
        result.Environment.ShouldNotBeNull();
        (await OutputOfAsync("stat -c '%a %U' . && touch x && ls")).ShouldBe("755 student\nx");
    }

    [Fact(Timeout = Long)]
    [Attack(3)]
    public async Task An_archive_changes_owner_and_mode_of_nothing_but_its_own_files()
    {
        using var canary = await Canary.PlaceAsync();
        byte[][] archives =
        [
            new TarBytes().Link("a", canary.Path).Directory("a", mode: "0007777").ToTgz(),
            new TarBytes().Link("a", canary.Directory).Directory("a/", mode: "0007777").ToTgz(),
            new TarBytes().Link("a", canary.Path).File("a", "x", mode: "0007777").ToTgz(),
            new TarBytes().Link("a", canary.Path).Link("a", canary.Directory).Directory("a").Link("a", canary.Path).ToTgz(),
            new TarBytes().Link(".", canary.Directory).File("canary", "x").ToTgz(),
            new TarBytes().Link("a", canary.Path).HardLink("b", "a").File("b", "x").ToTgz(),
            new TarBytes().Link("a", canary.Directory).HardLink("b", "a/canary").ToTgz(),
            new TarBytes().HardLink("b", canary.Path[1..]).ToTgz(),
        ];

        foreach (var archive in archives)
        {
            try
            {
                (await RunAsync(ExecutionConfig.Of("cat a b"), archive)).Execution[0].Stdout.ShouldNotContain(Canary.Text);
            }
            catch (SandboxException refused)
            {
                refused.Code.ShouldBe(SandboxErrorCode.InvalidArchive, refused.Message);
            }

            await canary.ShouldBeUntouchedAsync();
        }
    }
}
