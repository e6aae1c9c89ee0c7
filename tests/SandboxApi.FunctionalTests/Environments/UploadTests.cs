using System.Formats.Tar;
using SandboxApi.FunctionalTests.Fixtures;

namespace SandboxApi.FunctionalTests.Environments;

/// <summary>The archive that comes with a run.</summary>
public abstract class UploadTests(Subject subject) : SandboxTests(subject)
{
    [Fact(Timeout = Minute)]
    public async Task The_files_of_the_archive_lie_in_the_working_directory()
    {
        var archive = Archive.Of(("main.txt", "hello\n"), ("dir/sub/deep.txt", "deep\n"));

        (await OutputOfAsync("cat main.txt dir/sub/deep.txt; ls -A", archive)).ShouldBe("hello\ndeep\ndir\nmain.txt");
    }

    [Fact(Timeout = Minute)]
    public async Task Without_an_archive_the_working_directory_is_empty() =>
        (await OutputOfAsync("ls -A; pwd")).ShouldBe("/home/student");

    [Fact(Timeout = Minute)]
    public async Task An_archive_without_members_is_an_empty_working_directory() =>
        (await OutputOfAsync("ls -A; echo end", Archive.Of(Array.Empty<TarEntry>()))).ShouldBe("end");

    [Fact(Timeout = Minute)]
    public async Task Everything_belongs_to_the_student_whoever_packed_it()
    {
        var mine = new PaxTarEntry(TarEntryType.RegularFile, "mine") { Uid = 0, Gid = 0, UserName = "root", GroupName = "root", Mode = Archive.Plain, DataStream = new MemoryStream("x"u8.ToArray()) };
        var other = new PaxTarEntry(TarEntryType.Directory, "dir") { Uid = 12345, Gid = 54321, Mode = Archive.Executable };

        (await OutputOfAsync("stat -c '%U %G' . mine dir; echo more >> mine && touch dir/new && cat mine", Archive.Of(mine, other)))
            .ShouldBe("student student\nstudent student\nstudent student\nxmore");
    }

    [Fact(Timeout = Minute)]
    public async Task Modes_are_kept_without_setuid_and_setgid()
    {
        var archive = Archive.Of(
            Archive.File("run.sh", "#!/bin/sh\necho ran\n"u8.ToArray(), Archive.Executable),
            Archive.File("readonly", [], UnixFileMode.UserRead),
            Archive.File("setuid", [], Archive.Executable | UnixFileMode.SetUser | UnixFileMode.SetGroup));

        (await OutputOfAsync("./run.sh; stat -c %a run.sh readonly setuid", archive)).ShouldBe("ran\n755\n400\n755");
    }

    [Fact(Timeout = Minute)]
    public async Task Links_and_empty_directories_are_kept()
    {
        var archive = Archive.Of(
            Archive.File("file", "text"u8.ToArray()),
            new PaxTarEntry(TarEntryType.Directory, "empty") { Mode = Archive.Executable },
            Archive.Link(TarEntryType.SymbolicLink, "soft", "file"),
            Archive.Link(TarEntryType.HardLink, "hard", "file"));

        (await OutputOfAsync("readlink soft; cat soft hard; echo; ls -A empty; stat -c %F empty", archive)).ShouldBe("file\ntexttext\ndirectory");
    }

    [Theory(Timeout = Minute)]
    [InlineData("with space")]
    [InlineData("quotes '\" and $(touch injected) `x`")]
    [InlineData("new\nline")]
    [InlineData("-rf")]
    [InlineData("漢字-ü-\U0001F389")]
    [InlineData("back\\slash*?[x]")]
    [InlineData("percent%2e%2e#hash?query&x=1;")]
    [InlineData("...")]
    [InlineData("dir with space/..a/b..")]
    public async Task Any_file_name_passes_both_ways(string name)
    {
        var id = await SaveAsync("ls -A | wc -l; test ! -e injected", Archive.Of((name, "content of it")));

        Archive.Read(await DownloadAsync(id)).ShouldContain(member => member.Name == name && member.Text == "content of it");
        (await DownloadAsync(id, name)).ShouldBe("content of it"u8.ToArray());
        (await Sandbox.CheckAsync(id, name, Cancel)).ShouldBe(13);
    }

    [Fact(Timeout = Minute)]
    public async Task Long_names_pass_both_ways()
    {
        var name = string.Join('/', Enumerable.Repeat(new string('d', 200), 5)) + "/" + new string('f', 250);

        var id = await SaveAsync("find . -type f | wc -c", Archive.Of((name, "far down")));

        Archive.Read(await DownloadAsync(id)).ShouldContain(member => member.Name == name && member.Text == "far down");
    }

    [Fact(Timeout = Minute)]
    public async Task Hundreds_of_small_files_pass_both_ways()
    {
        var files = Enumerable.Range(0, 700).Select(i => ($"dir{i % 7}/file{i}.txt", $"content {i}\n")).ToArray();

        var result = await RunAsync(ExecutionConfig.Of("cat dir*/* | wc -l") with { Save = true }, Archive.Of(files));

        result.Execution[0].Stdout.ShouldBe("700");
        var members = Archive.Read(await DownloadAsync(result.Environment!.Value)).Where(member => member.Type != TarEntryType.Directory).ToDictionary(member => member.Name, member => member.Text);
        members.ShouldBe(files.ToDictionary(file => file.Item1, file => file.Item2), ignoreOrder: true);
    }

    [Fact(Timeout = Minute)]
    public async Task Binary_files_pass_both_ways_unchanged()
    {
        var content = new byte[3_000_001];
        new Random(7).NextBytes(content);

        var id = await SaveAsync("cp in out", Archive.Of(Archive.File("in", content)));

        (await DownloadAsync(id, "out")).ShouldBe(content);
        Archive.Read(await DownloadAsync(id)).Single(member => member.Name == "out").Content.ShouldBe(content);
    }

    [Fact(Timeout = Minute)]
    public async Task A_text_of_a_megabyte_passes_through_file_and_output()
    {
        var text = string.Concat(Enumerable.Range(0, 20_000).Select(i => $"line {i} of a text with ü and 漢字 that is rather long\n"));
        System.Text.Encoding.UTF8.GetByteCount(text).ShouldBeGreaterThan(1_000_000);

        var result = await RunAsync(ExecutionConfig.Of("cat text | tee copy") with { ResultPath = "copy" }, Archive.Of(("text", text)));

        result.Execution[0].Stdout.ShouldBe(text.TrimEnd());
        result.Result.ShouldBe(text);
    }

    [Fact(Timeout = Minute)]
    public async Task The_archive_is_read_to_its_end_and_not_disposed()
    {
        await using var stream = new ForwardOnlyStream(Archive.Of(("file", "text")));

        var result = await Sandbox.ExecuteAsync(ExecutionConfig.Of("cat file"), stream, Cancel);

        result.Execution[0].Stdout.ShouldBe("text");
        stream.Disposed.ShouldBeFalse();
        stream.AtEnd.ShouldBeTrue();
    }

    [Fact(Timeout = Minute)]
    public async Task A_name_given_twice_has_its_last_content() =>
        (await OutputOfAsync("cat file", Archive.Of(("file", "first"), ("file", "second")))).ShouldBe("second");
}

public sealed class LocalUploadTests(Sandboxes sandboxes) : UploadTests(sandboxes.Local);

public sealed class RemoteUploadTests(Sandboxes sandboxes) : UploadTests(sandboxes.Remote);

public sealed class RemoteSyncUploadTests(Sandboxes sandboxes) : UploadTests(sandboxes.RemoteSync);
