using System.Security.Cryptography;
using System.Text;
using SandboxApi.Archives.Tar;

namespace SandboxApi.Archives.Tests;

/// <summary>What the tools of the world make is read as they all read it, and refused where they do not agree.</summary>
public sealed class CorpusTests
{
    public static TheoryData<string> Names => [.. Corpus.All.Keys];

    [Fact]
    public void The_corpus_is_the_one_that_the_manifest_describes()
    {
        Corpus.All.Count.ShouldBeGreaterThanOrEqualTo(24);
        foreach (var archive in Corpus.All.Values)
            Convert.ToHexStringLower(SHA256.HashData(Corpus.Read(archive.Name))).ShouldBe(archive.Sha256, archive.Name);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public async Task An_archive_gives_what_the_manifest_says(string name)
    {
        var archive = Corpus.All[name];
        foreach (var isAsync in (bool[])[true, false])
        {
            if (archive.IsTaken)
                Tree(await ReadAsync(name, isAsync)).ShouldBe(archive.Entries!.Select(Describe).Order(StringComparer.Ordinal));
            else
                (await Should.ThrowAsync<SandboxException>(() => ReadAsync(name, isAsync))).Code.ShouldBe(SandboxErrorCode.InvalidArchive);
        }
    }

    /// <summary>The entries, the later of two of one name; a special one is refused as the server does.</summary>
    private static async Task<List<(ArchiveEntry Entry, byte[] Content)>> ReadAsync(string name, bool isAsync)
    {
        var entries = new List<(ArchiveEntry, byte[])>();
        await using var reader = new ArchiveReader(new MemoryStream(Corpus.Read(name)), new() { MaxBytes = 1 << 20, MaxEntries = 100 }, isAsync);
        while (await reader.NextAsync(CancellationToken.None) is { } entry)
        {
            if (entry.Kind == ArchiveEntryKind.Special)
                throw InvalidArchive.Entry(entry.Path, "is special");
            var content = new MemoryStream();
            while (await reader.ReadContentAsync(CancellationToken.None) is { IsEmpty: false } piece)
                content.Write(piece.Span);
            entries.Add((entry, content.ToArray()));
        }

        return entries;
    }

    private static List<string> Tree(List<(ArchiveEntry Entry, byte[] Content)> entries)
    {
        var found = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var (entry, content) in entries.Where(entry => entry.Entry.Path.Length > 0))
        {
            var path = Encoding.UTF8.GetString(entry.Path);
            // What an archive only implies is made.
            for (var end = path.IndexOf('/'); end > 0; end = path.IndexOf('/', end + 1))
                found.TryAdd(path[..end], $"{path[..end]} directory 0755");
            var mode = "0" + Convert.ToString(entry.Mode, 8);
            found[path] = entry.Kind switch
            {
                ArchiveEntryKind.Directory => $"{path} directory {mode}",
                ArchiveEntryKind.SymbolicLink => $"{path} symlink {Encoding.UTF8.GetString(entry.Target)}",
                ArchiveEntryKind.HardLink => path + found[Encoding.UTF8.GetString(entry.Target)][entry.Target.Length..],
                _ => $"{path} file {mode} {content.Length} {Convert.ToHexStringLower(SHA256.HashData(content))[..20]} {entry.Modified.Seconds}",
            };
        }

        return [.. found.Values];
    }

    private static string Describe(CorpusEntry entry) => entry.Type switch
    {
        "directory" => $"{entry.Path} directory {entry.Mode}",
        "symlink" => $"{entry.Path} symlink {entry.Target}",
        _ => $"{entry.Path} file {entry.Mode} {entry.Size} {entry.Hash} {entry.Mtime}",
    };
}
