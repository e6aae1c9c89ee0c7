using SandboxApi.Archives.Tar;
using SandboxApi.Runtime.Tests.Environments;

namespace SandboxApi.Archives.Tests;

/// <summary>Sparse files in the form that bsdtar writes unasked: the map first, then the pieces.</summary>
public sealed class SparseTests
{
    [Theory]
    [InlineData(10, "0\n", "", "\0\0\0\0\0\0\0\0\0\0")]
    [InlineData(0, "0\n", "", "")]
    [InlineData(5, "1\n0\n5\n", "hello", "hello")]
    [InlineData(10, "1\n3\n2\n", "ab", "\0\0\0ab\0\0\0\0\0")]
    [InlineData(10, "2\n8\n2\n10\n0\n", "yz", "\0\0\0\0\0\0\0\0yz")]
    [InlineData(6, "4\n0\n1\n1\n1\n3\n0\n4\n2\n", "abcd", "ab\0\0cd")]
    public async Task Holes_are_filled(long size, string map, string stored, string content)
    {
        var archive = new TarBytes().Pax('x', "GNU.sparse.major=1", "GNU.sparse.minor=0", "GNU.sparse.name=real", $"GNU.sparse.realsize={size}")
            .File("GNUSparseFile.0/real", map + new string('\0', -map.Length & 511) + stored).File("next", "n").ToTgz();

        var entries = await ReadAsync(archive, skipHoles: false);

        entries.ShouldBe([("real", size, content), ("next", 1L, "n")]);
        // Whoever skips the holes gets the pieces, in their places.
        (await ReadAsync(archive, skipHoles: true)).ShouldBe(entries);
    }

    [Fact]
    public async Task The_size_with_holes_counts_against_the_limit()
    {
        var archive = new TarBytes().Pax('x', "GNU.sparse.major=1", "GNU.sparse.minor=0", "GNU.sparse.name=real", "GNU.sparse.realsize=1000001").File("s", "0\n" + new string('\0', 510)).ToTgz();
        (await Should.ThrowAsync<SandboxException>(() => ReadAsync(archive, skipHoles: true))).Code.ShouldBe(SandboxErrorCode.TooLarge);
    }

    [Theory]
    [InlineData("GNU.sparse.major=0", "GNU.sparse.minor=1")]
    [InlineData("GNU.sparse.size=5", "GNU.sparse.numblocks=0")]
    [InlineData("SCHILY.realsize=5", "comment=x")]
    [InlineData("GNU.sparse.major=1", "GNU.sparse.realsize=5")]
    public async Task Other_forms_are_refused_with_advice_for_every_tool(params string[] records)
    {
        var message = (await Should.ThrowAsync<SandboxException>(() => ReadAsync(new TarBytes().Pax('x', records).File("s", "0\n").ToTgz(), false))).Message;
        message.ShouldContain("--no-read-sparse");
        message.ShouldContain("without --sparse");
    }

    private static async Task<List<(string Path, long Size, string Content)>> ReadAsync(byte[] archive, bool skipHoles)
    {
        var entries = new List<(string, long, string)>();
        await using var reader = new ArchiveReader(new MemoryStream(archive), new() { MaxBytes = 1_000_000, MaxEntries = 10 });
        while (await reader.NextAsync(CancellationToken.None) is { } entry)
        {
            var content = new byte[entry.Size];
            var at = skipHoles ? reader.SkipHole() : 0;
            while (await reader.ReadContentAsync(CancellationToken.None) is { IsEmpty: false } piece)
            {
                piece.Span.CopyTo(content.AsSpan((int)at));
                at += piece.Length + (skipHoles ? reader.SkipHole() : 0);
            }

            at.ShouldBe(entry.Size);
            entries.Add((entry.DisplayName, entry.Size, System.Text.Encoding.ASCII.GetString(content)));
        }

        return entries;
    }
}
