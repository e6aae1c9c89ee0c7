using SandboxApi.Runtime.Tests.Environments;
using SandboxApi.SecurityTests.Fixtures;
using SandboxApi.SecurityTests.Matrix;

namespace SandboxApi.SecurityTests.Attacks;

/// <summary>Archives made byte by byte whose entries aim at the host.</summary>
[Attack(4)]
public sealed class HostileArchiveTests(Arena arena) : AttackTests(arena)
{
    /// <summary>Archives that must be refused, by what is wrong with them.</summary>
    private static readonly Dictionary<string, Func<Canary, TarBytes>> s_refused = new()
    {
        ["a file above"] = _ => new TarBytes().File("../x", "written"),
        ["a file above a directory"] = _ => new TarBytes().Directory("d").File("d/../../x", "written"),
        ["a file that comes back"] = _ => new TarBytes().File("d/../x", "written"),
        ["a file that is the directory above"] = _ => new TarBytes().File("..", "written"),
        ["a directory that is the one above"] = _ => new TarBytes().Directory("../"),
        ["a file that is the top"] = _ => new TarBytes().File(".", "written"),
        ["a file that is the root"] = _ => new TarBytes().File("/", "written"),
        ["a file that is the directory above the root"] = _ => new TarBytes().File("/..", "written"),
        ["an absolute file above"] = canary => new TarBytes().File("/.." + canary.Path, "written"),
        ["an absolute file above by pax"] = canary => new TarBytes().Pax('x', "path=/../.." + canary.Path).File("plain", "written"),
        ["a hard link to above the root"] = canary => new TarBytes().HardLink("h", "/../.." + canary.Path),
        ["a hard link to the root"] = _ => new TarBytes().HardLink("h", "//"),
        ["a file without a name"] = _ => new TarBytes().File("", "written"),
        ["a file above by its prefix"] = _ => new TarBytes().Raw(TarBytes.Header("x"u8, '0', prefix: ".."u8.ToArray())),
        ["a file with a slash at its end"] = _ => new TarBytes().Raw(TarBytes.Header("x/"u8, '7')),
        ["a file through a link"] = canary => new TarBytes().Link("d", canary.Directory).File("d/canary", "written"),
        ["a new file through a link"] = canary => new TarBytes().Link("d", canary.Directory).File("d/new", "written"),
        ["a directory through a link"] = canary => new TarBytes().Link("d", canary.Directory).Directory("d/new"),
        ["a link through a link"] = canary => new TarBytes().Link("d", canary.Directory).Link("d/new", "/"),
        ["a file through two links"] = canary => new TarBytes().Link("d", canary.Directory).Link("e", "d").File("e/canary", "written"),
        ["a file through a link up"] = _ => new TarBytes().Link("d", "..").File("d/student/x", "written"),
        ["a file through a link in a directory"] = _ => new TarBytes().Directory("d").Link("d/e", "../..").File("d/e/tmp/" + Marks.Token, "written"),
        ["a file through a link to itself"] = _ => new TarBytes().Link("d", "d").File("d/x", "written"),
        ["a file through links in a circle"] = _ => new TarBytes().Link("a", "b").Link("b", "a").File("a/x", "written"),
        ["a file through a link to the process"] = _ => new TarBytes().Link("d", "/proc/self/root").File("d/tmp/" + Marks.Token, "written"),
        ["a file through a link to a descriptor"] = _ => new TarBytes().Link("d", "/proc/self/fd").File("d/1", "written"),
        ["a link without a target"] = _ => new TarBytes().Link("d", ""),
        ["a hard link out"] = canary => new TarBytes().HardLink("h", canary.Path).File("h", "written"),
        ["a hard link above"] = canary => new TarBytes().HardLink("h", "../../../../../../.." + canary.Path),
        ["a hard link out by pax"] = canary => new TarBytes().Pax('x', "linkpath=" + canary.Path).HardLink("h", "plain"),
        ["a hard link out by a long name"] = canary => new TarBytes().File("././@LongLink", canary.Path + "\0", type: 'K').HardLink("h", "plain"),
        ["a hard link through a link"] = canary => new TarBytes().Link("d", canary.Directory).HardLink("h", "d/canary"),
        ["a hard link to a directory"] = _ => new TarBytes().Directory("d").HardLink("h", "d"),
        ["a hard link to the top"] = _ => new TarBytes().HardLink("h", "."),
        ["a hard link to what is not there"] = _ => new TarBytes().HardLink("h", "nothing"),
        ["a character device"] = _ => new TarBytes().Other("x", '3'),
        ["a block device"] = _ => new TarBytes().Other("x", '4'),
        ["a pipe"] = _ => new TarBytes().Other("x", '6'),
        ["a multi-volume part"] = _ => new TarBytes().Other("x", 'M'),
        ["a volume name"] = _ => new TarBytes().Other("x", 'V'),
        ["an incremental directory"] = _ => new TarBytes().Other("x", 'D'),
        ["an old GNU sparse file"] = _ => new TarBytes().Other("x", 'S'),
        ["a Solaris access list"] = _ => new TarBytes().Other("x", 'A'),
        ["a type that is no character"] = _ => new TarBytes().Other("x", '\u00ff'),
        ["a file below a file"] = _ => new TarBytes().File("f", "x").File("f/x", "written"),
        ["a file over a full directory"] = _ => new TarBytes().File("d/x", "x").File("d", "written"),
        ["a link over a full directory"] = canary => new TarBytes().File("d/x", "x").Link("d", canary.Directory),
    };

    /// <summary>Archives that may be laid, each with what the program then sees of it.</summary>
    private static readonly Dictionary<string, (Func<Canary, TarBytes> Archive, string Look, string Seen)> s_contained = new()
    {
        ["links that lead out"] = (canary => new TarBytes().Link("a", canary.Path).Link("b", "/etc/shadow").Link("c", "../../../root"), "cat a b c/.bashrc", ""),
        ["absolute files"] = (canary => new TarBytes().File(canary.Path, "written").File("/" + canary.Path + "2", "written").Pax('x', "path=" + canary.Path + "3").File("plain", "written")
            .File("././@LongLink", canary.Path + "4\0", type: 'L').File("plain", "written").Raw(TarBytes.Header("canary5"u8, '0', prefix: System.Text.Encoding.UTF8.GetBytes(canary.Directory))),
            "find . -type f | wc -l", "5"),
        ["a directory that is the root"] = (_ => new TarBytes().Directory("/", mode: "0007777").Directory("///", mode: "0000000").File("/a", "written"), "cat a; stat -c %a .", "written755"),
        ["a hard link to a link"] = (canary => new TarBytes().Link("s", canary.Path).HardLink("h", "s").File("h", "written"), "cat h; readlink s | wc -l", "written1"),
        ["a hard link to a link that is kept"] = (canary => new TarBytes().Link("s", canary.Path).HardLink("h", "s"), "stat -c '%F %h' h s; cat h", "symbolic link 2\nsymbolic link 2"),
        ["a file over a link"] = (canary => new TarBytes().Link("a", canary.Path).File("a", "written"), "cat a; stat -c %F a", "writtenregular file"),
        ["a directory over a link"] = (canary => new TarBytes().Link("a", canary.Directory).Directory("a").File("a/canary", "written"), "cat a/canary; stat -c %F a", "writtendirectory"),
        ["a link over an empty directory"] = (canary => new TarBytes().Directory("a").Link("a", canary.Directory), "stat -c %F a; cat a/canary", "symbolic link"),
        ["a file over an empty directory and back"] = (_ => new TarBytes().Directory("a").File("a", "x").Directory("a").File("a/b", "written"), "cat a/b", "written"),
        ["a name given many times"] = (_ => new TarBytes().File("a", "1").File("./a", "2").File("a", "3").File(".//a", "written"), "cat a; ls", "writtena"),
        ["setuid, setgid and sticky"] = (_ => new TarBytes().File("a", "x", mode: "0007777").Directory("d", mode: "0007777").File("e", "x", mode: "7777777"), "stat -c %a a d e", "777\n1777\n777"),
        ["a directory that its owner may not enter"] = (_ => new TarBytes().Directory("d", mode: "0000000").File("d/a", "written"), "stat -c %a d; chmod 700 d; cat d/a", "0\nwritten"),
        ["the mode of the top"] = (_ => new TarBytes().Directory(".", mode: "0000000").Directory("./", mode: "0007777"), "stat -c %a .", "755"),
        ["a hard link written again"] = (_ => new TarBytes().File("a", "first").HardLink("b", "a").File("b", "written"), "cat a b; stat -c %h a", "firstwritten1"),
        ["a hard link to itself"] = (_ => new TarBytes().File("a", "written").HardLink("a", "a").HardLink("./a", "a"), "cat a; stat -c %h a", "written1"),
        ["backslashes and drive letters"] = (_ => new TarBytes().File("..\\..\\x", "written").File("C:x", "written"), "ls -A | wc -l; ls /tmp", "2"),
        ["a name of the shell"] = (_ => new TarBytes().File("$(touch x);`touch y`\n-rf *", "written"), "ls | wc -l", "2"),
        ["rc files of the shell"] = (_ => new TarBytes().File(".bashrc", "echo poisoned").File(".profile", "echo poisoned").File(".bash_profile", "echo poisoned"), "echo clean", "clean"),
        ["a link to every file that is read at start"] = (canary => new TarBytes().Link(".bashrc", canary.Path).Link(".profile", "/dev/zero").Link(".inputrc", "/dev/random"), "echo clean", "clean"),
        ["dates before and after all time"] = (_ => new TarBytes().Pax('x', "mtime=-9223372036854775808").File("a", "x").Pax('x', "mtime=9223372036854775807").File("b", "x").Pax('x', "mtime=99999999999999999999999.5").File("c", "x").Pax('x', "mtime=-99999999999999999999999.5").File("d", "x"), "cat a b c d", "xxxx"),
        ["a thousand links in a row"] = (_ => Chain(1000), "cat l999", ""),
    };

    public static TheoryData<string> Refused => [.. s_refused.Keys];

    public static TheoryData<string> Contained => [.. s_contained.Keys];

    [Theory(Timeout = Long)]
    [MemberData(nameof(Refused))]
    public async Task An_archive_is_refused_for(string what)
    {
        using var canary = await Canary.PlaceAsync();
        var archive = s_refused[what](canary).ToTgz();

        await RefusedAsync(() => RunAsync(ExecutionConfig.Of("echo ran"), archive), SandboxErrorCode.InvalidArchive);

        await canary.ShouldBeUntouchedAsync();
    }

    [Theory(Timeout = Long)]
    [MemberData(nameof(Contained))]
    public async Task An_archive_is_contained_that_holds(string what)
    {
        using var canary = await Canary.PlaceAsync();
        var (archive, look, seen) = s_contained[what];

        var result = await RunAsync(ExecutionConfig.Of(look), archive(canary).ToTgz());

        result.Execution[0].Stdout.ShouldBe(seen);
        await canary.ShouldBeUntouchedAsync();
    }

    [Fact(Timeout = Long)]
    public async Task Over_http_a_hostile_archive_is_400_and_says_which_entry()
    {
        using var canary = await Canary.PlaceAsync();
        using var client = new SandboxClient(Url);
        foreach (var (what, archive) in s_refused)
        {
            var refused = await RefusedAsync(() => RunAsync(client, ExecutionConfig.Of("echo ran"), archive(canary).ToTgz()), SandboxErrorCode.InvalidArchive);
            refused.Message.ShouldContain("archive", Case.Sensitive, what);
        }

        await canary.ShouldBeUntouchedAsync();
    }

    private static TarBytes Chain(int length)
    {
        var archive = new TarBytes().File("l", "x");
        for (var i = 0; i < length; i++)
            archive.Link($"l{i}", i == 0 ? "l" : $"l{i - 1}");
        return archive;
    }
}
