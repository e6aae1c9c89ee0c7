using System.Formats.Tar;
using SandboxApi.FunctionalTests.Fixtures;

namespace SandboxApi.FunctionalTests.Environments;

/// <summary>Saving the working directory, starting from it again, reading it.</summary>
public abstract class StoredEnvironmentTests(Subject subject) : SandboxTests(subject)
{
    [Fact(Timeout = Minute)]
    public async Task Nothing_is_saved_unasked()
    {
        var result = await RunAsync("echo x > file");

        result.Environment.ShouldBeNull();
        result.Expire.ShouldBeNull();
    }

    [Fact(Timeout = Minute)]
    public async Task A_saved_environment_has_a_random_id_and_expires_after_a_day()
    {
        var before = TimeProvider.System.GetUtcNow();

        var result = await RunAsync(ExecutionConfig.Of("echo x > file") with { Save = true });

        var id = result.Environment.ShouldNotBeNull();
        id.Version.ShouldBe(4);
        id.Variant.ShouldBeInRange(8, 11);
        var expire = result.Expire.ShouldNotBeNull();
        expire.Offset.ShouldBe(TimeSpan.Zero);
        expire.ShouldBeInRange(before.AddHours(24).AddSeconds(-1), before.AddHours(24).AddMinutes(2));
    }

    [Fact(Timeout = Minute)]
    public async Task The_next_run_starts_from_it()
    {
        var id = await SaveAsync("mkdir d; echo kept > d/file; printf '#!/bin/sh\\necho ran' > run; chmod 750 run; ln -s d/file link");

        var result = await RunAsync(ExecutionConfig.Of("cat link; ./run; stat -c '%a %U' run") with { Environment = id });

        result.Execution[0].Stdout.ShouldBe("kept\nran\n750 student");
    }

    [Fact(Timeout = Minute)]
    public async Task A_file_with_several_names_comes_back_as_one_file()
    {
        // As copies, 150 MB of 128 MiB: what lay in the storage could not be kept.
        var id = await SaveAsync("head -c 50M /dev/zero > a; mkdir d; ln a b; ln a d/c; echo x > one");
        var result = await RunAsync(ExecutionConfig.Of("echo more >> d/c; stat -c '%h %s' a b d/c one; tail -c 5 a") with { Environment = id });
        result.Execution[0].Stdout.ShouldBe("3 52428805\n3 52428805\n3 52428805\n1 2\nmore");
        (await Sandbox.CheckAsync(id, "d/c")).ShouldBe(50 << 20);
    }

    [Fact(Timeout = Minute)]
    public async Task It_is_never_changed_by_those_who_start_from_it()
    {
        var id = await SaveAsync("echo original > file");
        var before = await DownloadAsync(id);

        var changed = await RunAsync(ExecutionConfig.Of("echo changed > file; rm -f other; touch more") with { Environment = id, Save = true });

        changed.Environment.ShouldNotBe(id);
        (await RunAsync(ExecutionConfig.Of("cat *") with { Environment = id })).Execution[0].Stdout.ShouldBe("original");
        (await DownloadAsync(id)).ShouldBe(before);
        (await DownloadAsync(changed.Environment!.Value, "file")).ShouldBe("changed\n"u8.ToArray());
    }

    [Fact(Timeout = Minute)]
    public async Task The_archive_of_a_run_is_laid_over_the_stored_environment()
    {
        var id = await SaveAsync("echo stored > both; mkdir d; echo stored > d/stored; echo stored > d/both");

        var result = await RunAsync(
            ExecutionConfig.Of("cat both d/stored d/both d/new; find . -type f | wc -l") with { Environment = id },
            Archive.Of(("both", "archive\n"), ("d/both", "archive\n"), ("d/new", "archive\n")));

        result.Execution[0].Stdout.ShouldBe("archive\nstored\narchive\narchive\n4");
    }

    [Fact(Timeout = Minute)]
    public async Task An_archive_is_not_written_through_the_links_of_the_stored_environment()
    {
        var id = await SaveAsync("mkdir real; ln -s real link; ln -s /tmp/outside file");

        var result = await RunAsync(ExecutionConfig.Of("test ! -e /tmp/outside && cat file") with { Environment = id }, Archive.Of(("file", "mine")));

        result.Execution[0].Stdout.ShouldBe("mine");
    }

    [Theory(Timeout = Minute)]
    [InlineData("echo kept > file; exit 3", 3)]
    [InlineData("echo kept > file; kill -SEGV $$", 139)]
    [InlineData("echo kept > file; sleep 60", -2)]
    public async Task A_failed_run_is_saved_too(string command, int status)
    {
        var result = await RunAsync(ExecutionConfig.Of(new Command(command) { Timeout = TimeSpan.FromSeconds(1) }) with { Save = true });

        result.Status.ShouldBe(status);
        (await DownloadAsync(result.Environment.ShouldNotBeNull(), "file")).ShouldBe("kept\n"u8.ToArray());
    }

    [Fact(Timeout = Minute)]
    public async Task A_run_without_its_result_file_is_saved_too()
    {
        var result = await RunAsync(ExecutionConfig.Of("echo kept > file") with { Save = true, ResultPath = "missing" });

        result.Status.ShouldBe(-3);
        (await DownloadAsync(result.Environment.ShouldNotBeNull(), "file")).ShouldBe("kept\n"u8.ToArray());
    }

    [Fact(Timeout = Minute)]
    public async Task The_archives_members_are_named_relative_to_the_working_directory()
    {
        var id = await SaveAsync("mkdir -p dir/empty; echo 1 > dir/file1.txt; echo 2 > .hidden; ln -s dir/file1.txt link");

        var members = Archive.Read(await DownloadAsync(id)).ToDictionary(member => member.Name.TrimEnd('/'));

        members.Keys.ShouldBe(["dir", "dir/empty", "dir/file1.txt", ".hidden", "link"], ignoreOrder: true);
        members["dir/file1.txt"].Text.ShouldBe("1\n");
        members["dir/empty"].Type.ShouldBe(TarEntryType.Directory);
        (members["link"].Type, members["link"].LinkName).ShouldBe((TarEntryType.SymbolicLink, "dir/file1.txt"));
    }

    [Fact(Timeout = Minute)]
    public async Task Only_the_working_directory_is_saved()
    {
        var id = await SaveAsync("echo x > file; echo x > /tmp/outside; echo x > /dev/shm/outside");

        Archive.Read(await DownloadAsync(id)).ShouldHaveSingleItem().Name.ShouldBe("file");
    }

    [Fact(Timeout = Minute)]
    public async Task What_is_no_file_directory_or_link_is_not_saved_and_modes_lose_setuid()
    {
        await NeedsAsync("python3");
        var id = await SaveAsync("mkfifo pipe; python3 -c 'import socket; socket.socket(socket.AF_UNIX).bind(\"sock\")'; echo x > file; chmod 6755 file; mkdir dir; chmod 2755 dir");

        var members = Archive.Read(await DownloadAsync(id)).ToDictionary(member => member.Name.TrimEnd('/'));

        members.Keys.ShouldBe(["file", "dir"], ignoreOrder: true);
        members["file"].Mode.ShouldBe(Archive.Executable);
        members["dir"].Mode.ShouldBe(Archive.Executable);
    }

    [Fact(Timeout = Minute)]
    public async Task Files_that_the_program_locked_away_are_saved()
    {
        var id = await SaveAsync("mkdir d; echo secret > d/file; chmod 0 d/file d");

        (await DownloadAsync(id, "d/file")).ShouldBe("secret\n"u8.ToArray());
    }

    [Fact(Timeout = Minute)]
    public async Task Hard_links_are_saved_with_their_content()
    {
        var id = await SaveAsync("echo shared > a; ln a b");

        (await RunAsync(ExecutionConfig.Of("cat a b") with { Environment = id })).Execution[0].Stdout.ShouldBe("shared\nshared");
    }

    [Fact(Timeout = Minute)]
    public async Task Nothing_runs_any_more_while_the_environment_is_saved()
    {
        var id = await SaveAsync("setsid bash -c 'i=0; while :; do i=$((i+1)); echo $i > a; echo $i > b; done' & sleep 0.3");

        Archive.Read(await DownloadAsync(id)).Select(member => member.Name).ShouldBe(["a", "b"], ignoreOrder: true);
        var first = await DownloadAsync(id);
        (await DownloadAsync(id)).ShouldBe(first);
    }

    [Fact(Timeout = Minute)]
    public async Task Check_tells_the_sizes_that_download_delivers()
    {
        var id = await SaveAsync("mkdir d; printf 12345 > d/file; : > empty");

        (await Sandbox.CheckAsync(id, null, Cancel)).ShouldBe((await DownloadAsync(id)).Length);
        (await Sandbox.CheckAsync(id, "d/file", Cancel)).ShouldBe(5);
        (await DownloadAsync(id, "d/file")).ShouldBe("12345"u8.ToArray());
        (await DownloadAsync(id, "empty")).ShouldBeEmpty();
    }

    [Theory(Timeout = Minute)]
    [InlineData("link")]
    [InlineData("dirlink/inside")]
    [InlineData("dirlink/back")]
    [InlineData("absolute")]
    [InlineData("second")]
    public async Task A_link_within_the_environment_gives_what_it_points_to(string path)
    {
        var id = await SaveAsync("mkdir d; printf 12345 > d/inside; ln -s d/inside link; ln -s d dirlink; ln -s ../link d/back; ln -s /home/student/d/inside absolute; ln d/inside second");

        (await Sandbox.CheckAsync(id, path, Cancel)).ShouldBe(5);
        (await DownloadAsync(id, path)).ShouldBe("12345"u8.ToArray());
    }

    [Fact(Timeout = Minute)]
    public async Task What_is_stored_is_listed_page_by_page_and_can_be_deleted()
    {
        var saved = new List<Guid>();
        for (var i = 0; i < 3; i++)
            saved.Add(await SaveAsync($"head -c {1000 * i} /dev/urandom > f"));
        var before = TimeProvider.System.GetUtcNow();

        var listed = new List<EnvironmentInfo>();
        Guid? after = null;
        do
        {
            var page = await Sandbox.ListEnvironmentsAsync(after, 2, Cancel);
            page.Environments.Count.ShouldBeLessThanOrEqualTo(2);
            listed.AddRange(page.Environments);
            after = page.Next;
        }
        while (after is not null);

        listed.Select(info => info.Environment).ShouldBe(listed.Select(info => info.Environment).Distinct().Order());
        foreach (var id in saved)
        {
            var info = listed.Single(info => info.Environment == id);
            info.Size.ShouldBe((await DownloadAsync(id)).Length);
            info.Saved.ShouldBeInRange(before.AddMinutes(-1), before.AddMinutes(1));
            info.Expire.ShouldBe(info.Saved.AddHours(24));
        }

        (await Sandbox.DeleteEnvironmentAsync(saved[0], Cancel)).ShouldBeTrue();
        (await Sandbox.DeleteEnvironmentAsync(saved[0], Cancel)).ShouldBeFalse();
        (await Sandbox.DeleteEnvironmentAsync(Guid.NewGuid(), Cancel)).ShouldBeFalse();
        await RefusedAsync(() => DownloadAsync(saved[0]), SandboxErrorCode.NotFound);
        (await Sandbox.CheckAsync(saved[1], null, Cancel)).ShouldBeGreaterThan(0);
        (await Sandbox.ListEnvironmentsAsync(null, EnvironmentPage.MaxLimit, Cancel)).Environments.Select(info => info.Environment).ShouldNotContain(saved[0]);
    }

    [Theory(Timeout = Minute)]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(EnvironmentPage.MaxLimit + 1)]
    public async Task A_page_of_no_allowed_size_is_refused(int limit) =>
        (await Should.ThrowAsync<ArgumentOutOfRangeException>(() => Sandbox.ListEnvironmentsAsync(null, limit, Cancel))).ParamName.ShouldBe("limit");

    [Fact(Timeout = Minute)]
    public async Task A_download_under_way_survives_the_deletion()
    {
        var id = await SaveAsync("head -c 3000000 /dev/urandom > f");
        var size = await Sandbox.CheckAsync(id, null, Cancel);
        await using var stream = await Sandbox.DownloadAsync(id, null, Cancel);

        (await Sandbox.DeleteEnvironmentAsync(id, Cancel)).ShouldBeTrue();

        using var bytes = new MemoryStream();
        await stream.CopyToAsync(bytes, Cancel);
        bytes.Length.ShouldBe(size);
    }

    [Fact(Timeout = Minute)]
    public async Task An_unknown_environment_is_not_found()
    {
        var id = Guid.NewGuid();

        (await Sandbox.CheckAsync(id, null, Cancel)).ShouldBe(0);
        (await Sandbox.CheckAsync(id, "file", Cancel)).ShouldBe(0);
        await RefusedAsync(() => DownloadAsync(id), SandboxErrorCode.NotFound);
        await RefusedAsync(() => DownloadAsync(id, "file"), SandboxErrorCode.NotFound);
        var refused = await RefusedAsync(() => RunAsync(ExecutionConfig.Of("true") with { Environment = id }), SandboxErrorCode.NotFound);
        refused.Message.ShouldContain(id.ToString());
    }

    [Theory(Timeout = Minute)]
    [InlineData("missing")]
    [InlineData("d")]
    [InlineData("d/missing")]
    [InlineData("file/x")]
    [InlineData("link")]
    [InlineData("out")]
    [InlineData("up/passwd")]
    [InlineData("loop")]
    [InlineData("dirlink")]
    [InlineData("..")]
    [InlineData("../file")]
    [InlineData("d/../../file")]
    [InlineData("../../../../../../etc/passwd")]
    [InlineData("%2e%2e/%2e%2e/etc/passwd")]
    [InlineData("/etc/passwd")]
    public async Task What_is_no_file_of_the_environment_is_not_found(string path)
    {
        var id = await SaveAsync("mkdir d; echo x > d/inside; echo x > file; ln -s /etc/passwd link; ln -s d dirlink; ln -s ../../etc/passwd out; ln -s /etc up; ln -s loop loop");

        (await Sandbox.CheckAsync(id, path, Cancel)).ShouldBe(0);
        await RefusedAsync(() => DownloadAsync(id, path), SandboxErrorCode.NotFound);
    }
}

public sealed class LocalStoredEnvironmentTests(Sandboxes sandboxes) : StoredEnvironmentTests(sandboxes.Local);

public sealed class RemoteStoredEnvironmentTests(Sandboxes sandboxes) : StoredEnvironmentTests(sandboxes.Remote);

public sealed class RemoteSyncStoredEnvironmentTests(Sandboxes sandboxes) : StoredEnvironmentTests(sandboxes.RemoteSync);
