using SandboxApi.Runtime.Tests.Environments;
using SandboxApi.SecurityTests.Fixtures;
using SandboxApi.SecurityTests.Matrix;

namespace SandboxApi.SecurityTests.Attacks;

/// <summary>Directories that an unpacker has seen, and that are links when it comes back to them: under the same name, or one that it takes for the same.</summary>
[Attack(51)]
public sealed class DirectoryCacheTests(Arena arena) : AttackTests(arena)
{
    // The names are those by which node-tar was led astray, one after the other: CVE-2021-32803, -37701, -37712, -37713.
    private static readonly Dictionary<string, Func<Canary, TarBytes>> s_archives = new()
    {
        ["a directory, then a link of its name"] = canary => new TarBytes().Directory("d").Link("d", canary.Directory).File("d/canary", "written"),
        ["an implied directory, then a link of its name"] = canary => new TarBytes().Directory("a/d").Link("a/d", canary.Directory).File("a/d/canary", "written"),
        ["a directory and a link in turn"] = canary => new TarBytes().Directory("d").Link("d", canary.Directory).Directory("d").Link("d", canary.Directory).File("d/canary", "written"),
        ["a slash behind the link"] = canary => new TarBytes().Directory("d/").Link("./d", canary.Directory).File("./d//canary", "written"),
        ["the directory above"] = canary => new TarBytes().Directory("a/b/c").Link("a/b/c", canary.Directory).File("a/b/c/canary", "written"),
        ["backslashes"] = canary => new TarBytes().Directory("a\\b").Link("a\\b", canary.Directory).File("a\\b/canary", "written"),
        ["a drive"] = canary => new TarBytes().Directory("C:").Link("C:", canary.Directory).File("C:/canary", "written"),
        ["a long name for the link"] = canary => new TarBytes().Directory("d").File("././@LongLink", "d\0", type: 'L').Link("other", canary.Directory).File("d/canary", "written"),
        ["a pax name for the directory"] = canary => new TarBytes().Pax('x', "path=d").Directory("other").Link("d", canary.Directory).Pax('x', "path=d/canary").File("other/canary", "written"),
    };

    private static readonly Dictionary<string, Func<Canary, TarBytes>> s_namesApart = new()
    {
        ["upper and lower case"] = canary => new TarBytes().Directory("d").Link("D", canary.Directory).File("d/canary", "written"),
        ["one letter in two spellings"] = canary => new TarBytes().Directory("\u00e9").Link("e\u0301", canary.Directory).File("\u00e9/canary", "written"),
        ["a sharp s"] = canary => new TarBytes().Directory("ss").Link("\u00df", canary.Directory).File("ss/canary", "written"),
        ["a slash of another script"] = canary => new TarBytes().Directory("a\u2215b").Link("a", canary.Directory).File("a\u2215b/canary", "written"),
    };

    public static TheoryData<string> Archives => [.. s_archives.Keys];

    public static TheoryData<string> NamesApart => [.. s_namesApart.Keys];

    [Theory(Timeout = Long)]
    [MemberData(nameof(Archives))]
    public async Task A_directory_that_became_a_link_is_not_written_through_with(string what)
    {
        using var canary = await Canary.PlaceAsync();

        await RefusedAsync(() => RunAsync(ExecutionConfig.Of("echo ran"), s_archives[what](canary).ToTgz()), SandboxErrorCode.InvalidArchive);

        await canary.ShouldBeUntouchedAsync();
    }

    [Theory(Timeout = Long)]
    [MemberData(nameof(NamesApart))]
    public async Task Names_that_look_the_same_are_two_with(string what)
    {
        using var canary = await Canary.PlaceAsync();

        (await OutputOfAsync("find . -type f -name canary | wc -l; find . -type l | wc -l", s_namesApart[what](canary).ToTgz())).ShouldBe("1\n1");

        await canary.ShouldBeUntouchedAsync();
    }
}
