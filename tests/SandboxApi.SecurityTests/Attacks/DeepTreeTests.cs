using SandboxApi.Runtime.Tests.Environments;
using SandboxApi.SecurityTests.Fixtures;
using SandboxApi.SecurityTests.Matrix;

namespace SandboxApi.SecurityTests.Attacks;

/// <summary>Paths at and beyond what the kernel takes, and trees so deep that walking them is the attack.</summary>
[Attack(53)]
public sealed class DeepTreeTests(Arena arena) : AttackTests(arena)
{
    [Fact(Timeout = Long)]
    [Attack(52)]
    public async Task Directories_beyond_the_longest_path_are_refused_with_a_reason_and_removed()
    {
        await NeedsAsync("python3");
        var result = await RunAsync(ExecutionConfig.Of(new Command("python3 -") { Stdin = "import os\nfor i in range(2000):\n    os.mkdir('d' * 200)\n    os.chdir('d' * 200)\nopen('end', 'w')\nos.symlink('/etc/shadow', 'link')\n" }) with { Save = true, ResultPath = "d/end" });

        result.Execution[0].ExitCode.ShouldBe(0);
        result.Environment.ShouldBeNull();
        result.Message.ShouldNotBeNull().ShouldContain("nest directories less deeply");
    }

    [Fact(Timeout = Long)]
    [Attack(52)]
    public async Task A_path_that_resolves_beyond_the_longest_is_not_taken_for_one_inside()
    {
        // After the 16 directories of 247 bytes a checker that resolves names by itself is at its limit, and takes what follows for plain text: CVE-2025-4517.
        using var canary = await Canary.PlaceAsync();
        var name = new string('d', 247);
        var tar = new TarBytes();
        var path = "";
        foreach (var step in "abcdefghijklmnop")
        {
            tar.Pax('x', $"path={path}{name}").Directory("d");
            tar.Pax('x', $"path={path}{step}", $"linkpath={name}").Link("l", "d");
            path += name + "/";
            if (path.Length + 260 > 4095)
                break;
        }

        var links = string.Join('/', "abcdefghijklmnop".ToCharArray());
        tar.Pax('x', $"path={links}/{new string('l', 254)}", "linkpath=" + string.Concat(Enumerable.Repeat("../", 16))).Link("l", "d");
        tar.Pax('x', "path=escape", $"linkpath={links}/{new string('l', 254)}/../../../../../../../..{canary.Path}").Link("e", "x");
        tar.Pax('x', "path=escape").HardLink("e", "escape").File("escape", "written");

        await RefusedAsync(() => RunAsync(ExecutionConfig.Of("echo ran"), tar.ToTgz()), SandboxErrorCode.InvalidArchive);
        await canary.ShouldBeUntouchedAsync();
    }

    [Fact(Timeout = Long)]
    public async Task Many_directories_at_the_end_of_a_deep_tree_are_unpacked_in_time()
    {
        var deep = string.Concat(Enumerable.Repeat("d/", 2000));
        var archive = Leaves(deep, 1500);

        var started = TimeProvider.System.GetTimestamp();
        (await OutputOfAsync("ls d | wc -l", archive)).ShouldBe("1");

        TimeProvider.System.GetElapsedTime(started).ShouldBeLessThan(AtMost(15));
    }

    [Fact(Timeout = Long)]
    public async Task Two_deep_trees_in_turn_are_unpacked_in_time()
    {
        string a = "a/" + string.Concat(Enumerable.Repeat("d/", 1900)), b = "b/" + string.Concat(Enumerable.Repeat("d/", 1900));
        var archive = new TarBytes();
        for (var i = 0; i < 1500; i++)
            archive.Pax('x', $"path={(i % 2 == 0 ? a : b)}{i}/f").File("f");

        var started = TimeProvider.System.GetTimestamp();
        (await OutputOfAsync("ls | wc -l", archive.ToTgz())).ShouldBe("2");

        TimeProvider.System.GetElapsedTime(started).ShouldBeLessThan(AtMost(15));
    }

    [Fact(Timeout = Long)]
    public async Task A_wide_end_of_a_deep_tree_is_saved_in_time()
    {
        await NeedsAsync("python3");
        var started = TimeProvider.System.GetTimestamp();

        var result = await RunAsync(ExecutionConfig.Of(new Command("python3 -") { Stdin = "import os\nfor i in range(2000):\n    os.mkdir('d')\n    os.chdir('d')\nfor i in range(6000):\n    os.makedirs(f'{i}/e')\n" }) with { Save = true });

        result.Execution[0].ExitCode.ShouldBe(0, result.Execution[0].Stderr);
        result.Environment.ShouldNotBeNull();
        TestContext.Current.TestOutputHelper!.WriteLine($"ran {result.Timings?.Run}, collected {result.Timings?.Collect}");
        TimeProvider.System.GetElapsedTime(started).ShouldBeLessThan(AtMost(15));
    }

    private static byte[] Leaves(string above, int count)
    {
        var archive = new TarBytes();
        for (var i = 0; i < count; i++)
            archive.Pax('x', $"path={above}{i}/f").File("f");
        return archive.ToTgz();
    }
}
