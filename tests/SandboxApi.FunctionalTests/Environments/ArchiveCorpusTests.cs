using SandboxApi.Archives.Tests;
using SandboxApi.FunctionalTests.Fixtures;

namespace SandboxApi.FunctionalTests.Environments;

/// <summary>Archives as people's tools make them, sent to a run and looked at from inside.</summary>
public abstract class ArchiveCorpusTests(Subject subject) : SandboxTests(subject)
{
    // Path, kind, permissions, size, time, target, inode; then the hash of each file.
    private const string Look = """
        find . -mindepth 1 -printf '%P\t%y\t%m\t%s\t%T@\t%l\t%i\n' | LC_ALL=C sort
        find . -type f -exec sha256sum {} +
        """;

    public static TheoryData<string> Names => [.. Corpus.All.Keys];

    [Theory(Timeout = Minute)]
    [MemberData(nameof(Names))]
    public async Task An_archive_gives_inside_what_every_reader_finds(string name)
    {
        var archive = Corpus.All[name];
        if (!archive.IsTaken)
        {
            await RefusedAsync(() => RunAsync(ExecutionConfig.Of("echo ran"), Corpus.Read(name)), SandboxErrorCode.InvalidArchive);
            return;
        }

        var lines = (await OutputOfAsync(Look, Corpus.Read(name))).Split('\n');
        var found = lines.Where(line => line.Contains('\t')).Select(line => line.Split('\t')).ToDictionary(fields => fields[0]);
        var hashes = lines.Where(line => line.Contains("  ./", StringComparison.Ordinal)).Select(line => line.Split("  ./")).ToDictionary(fields => fields[1], fields => fields[0]);
        found.Keys.ShouldBe(archive.Entries!.Select(entry => entry.Path), ignoreOrder: true);
        foreach (var entry in archive.Entries!)
        {
            var fields = found[entry.Path];
            fields[1].ShouldBe(entry.Type[..1] switch { "d" => "d", "s" => "l", _ => "f" }, entry.Path);
            ("0" + fields[2]).ShouldBe(entry.Mode, entry.Path);
            if (entry.Type == "symlink")
                fields[5].ShouldBe(entry.Target, entry.Path);
            if (entry.SameFileAs is { } other)
                fields[6].ShouldBe(found[other][6], entry.Path);
            if (entry.Type != "file")
                continue;
            fields[3].ShouldBe($"{entry.Size}", entry.Path);
            fields[4].Split('.')[0].ShouldBe($"{entry.Mtime}", entry.Path);
            hashes[entry.Path].ShouldStartWith(entry.Hash!);
        }
    }
}

public sealed class LocalArchiveCorpusTests(Sandboxes sandboxes) : ArchiveCorpusTests(sandboxes.Local);

public sealed class RemoteArchiveCorpusTests(Sandboxes sandboxes) : ArchiveCorpusTests(sandboxes.Remote);
