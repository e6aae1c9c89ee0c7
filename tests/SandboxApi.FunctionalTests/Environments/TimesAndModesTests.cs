using System.Formats.Tar;
using SandboxApi.FunctionalTests.Fixtures;

namespace SandboxApi.FunctionalTests.Environments;

/// <summary>Times to the nanosecond and permissions of everything, on the way in, when saved, and back: what make and its like decide by.</summary>
public abstract class TimesAndModesTests(Subject subject) : SandboxTests(subject)
{
    private const string Everything = "find . -mindepth 1 -printf '%P %y %m %T@ %l\\n' | LC_ALL=C sort";

    [Fact(Timeout = Minute)]
    public async Task Make_builds_what_was_edited_just_after_it_had_built()
    {
        await NeedsAsync("make");
        var archive = Archive.Of(("Makefile", "out: in\n\tcp in out\n"), ("in", "old\n"));
        for (var round = 0; round < 3; round++)
        {
            // Files are made in steps of the kernel's tick; within one second all of it.
            var id = await SaveAsync("make -s && sleep 0.02 && echo new > in", archive);

            (await RunAsync(ExecutionConfig.Of("make -s; cat out") with { Environment = id })).Execution[0].Stdout.ShouldBe("new");
        }
    }

    [Fact(Timeout = Minute)]
    public async Task Make_builds_nothing_that_is_up_to_date_also_where_a_rule_names_a_directory()
    {
        await NeedsAsync("make");
        var archive = Archive.Of(("Makefile", "list: d l\n\tls d > list\n"), ("d/a", "a"));
        var id = await SaveAsync("ln -s d/a l; touch d/b; sleep 0.02; make -s; cat list", archive);

        (await RunAsync(ExecutionConfig.Of("make -q -L && echo up to date") with { Environment = id })).Execution[0].Stdout.ShouldBe("up to date");
    }

    [Fact(Timeout = Minute)]
    public async Task A_shell_that_compares_times_builds_what_was_edited()
    {
        var id = await SaveAsync("echo old > in; cp in out; sleep 0.02; echo new > in");

        (await RunAsync(ExecutionConfig.Of("[ in -nt out ] && cp in out; cat out") with { Environment = id })).Execution[0].Stdout.ShouldBe("new");
    }

    [Fact(Timeout = Minute)]
    public async Task Everything_comes_back_from_a_stored_environment_as_it_was()
    {
        var made = await RunAsync(ExecutionConfig.Of($$"""
            mkdir -p ro/sub closed tmp deep/a/b; echo 1 > ro/f; echo 2 > ro/sub/g; echo 3 > closed/h; echo 4 > deep/a/b/c; ln -s ro/f link; ln -s nowhere dangling
            touch -d '1969-12-31 23:59:58.25 UTC' ro/f; touch -d '1901-01-01 00:00:00.000000001 UTC' ro/sub/g; touch -d '2400-02-29 12:00:00.999999999 UTC' closed/h
            touch -h -d '2001-01-01 00:00:00.5 UTC' link; touch -h -d '1960-01-01 UTC' dangling
            chmod 1777 tmp; touch -d '1999-09-09 09:09:09.123456789 UTC' deep deep/a tmp; touch -d '2000-01-01 UTC' ro/sub ro closed
            chmod 555 ro/sub ro; chmod 500 closed; {{Everything}}
            """) with { Save = true });
        var id = made.Environment.ShouldNotBeNull();
        made.Execution[0].Stdout.ShouldContain("closed d 500 946684800.0000000000");

        var again = await RunAsync(ExecutionConfig.Of(Everything) with { Environment = id, Save = true });
        again.Execution[0].Stdout.ShouldBe(made.Execution[0].Stdout);

        // Saved from where nothing was written, and laid out once more.
        (await RunAsync(ExecutionConfig.Of(Everything) with { Environment = again.Environment })).Execution[0].Stdout.ShouldBe(made.Execution[0].Stdout);
    }

    [Fact(Timeout = Minute)]
    public async Task An_archive_is_laid_into_a_directory_that_its_owner_may_not_write()
    {
        var id = await SaveAsync("mkdir -p ro/sub; echo old > ro/f; touch -d '2000-01-01 00:00:00.5 UTC' ro/sub ro; chmod 555 ro/sub ro");

        var result = await RunAsync(ExecutionConfig.Of("cat ro/f ro/sub/new ro/made/here; stat -c '%a %Y' ro ro/sub; touch ro/sub/no 2> /dev/null || echo closed") with { Environment = id },
            Archive.Of(("ro/f", "new\n"), ("ro/sub/new", "there\n"), ("ro/made/here", "made\n")));

        result.Execution[0].Stdout.ShouldBe("new\nthere\nmade\n555 946684800\n555 946684800\nclosed");
    }

    [Fact(Timeout = Minute)]
    public async Task An_archive_keeps_its_times_to_the_nanosecond_and_for_all_entries_at_once()
    {
        var entry = new PaxTarEntry(TarEntryType.RegularFile, "own") { Mode = Archive.Plain, ModificationTime = DateTimeOffset.UnixEpoch.AddSeconds(-1.5) };
        var archive = Archive.Of(
            new PaxGlobalExtendedAttributesTarEntry([KeyValuePair.Create("mtime", "1234567890.123456789")]),
            new UstarTarEntry(TarEntryType.Directory, "d") { Mode = (UnixFileMode)0b1_101_101_101, ModificationTime = DateTimeOffset.UnixEpoch },
            new UstarTarEntry(TarEntryType.RegularFile, "d/f") { Mode = Archive.Plain, ModificationTime = DateTimeOffset.UnixEpoch },
            new UstarTarEntry(TarEntryType.SymbolicLink, "l") { LinkName = "d/f", ModificationTime = DateTimeOffset.UnixEpoch },
            entry);

        var lines = (await OutputOfAsync(Everything, archive)).Split('\n');

        lines[0].ShouldStartWith("d d 1555 1234567890.123456789");
        lines[1].ShouldStartWith("d/f f 644 1234567890.123456789");
        lines[2].ShouldStartWith("l l 777 1234567890.123456789");
        // A second and a half before 1970: find writes the seconds rounded down, and the nanoseconds behind them.
        lines[3].ShouldStartWith("own f 644 -2.5");
    }
}

public sealed class LocalTimesAndModesTests(Sandboxes sandboxes) : TimesAndModesTests(sandboxes.Local);

public sealed class RemoteTimesAndModesTests(Sandboxes sandboxes) : TimesAndModesTests(sandboxes.Remote);
