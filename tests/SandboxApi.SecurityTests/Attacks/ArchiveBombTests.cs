using System.IO.Compression;
using System.Text;
using SandboxApi.FunctionalTests.Fixtures;
using SandboxApi.Runtime.Tests.Environments;
using SandboxApi.SecurityTests.Fixtures;
using SandboxApi.SecurityTests.Matrix;

namespace SandboxApi.SecurityTests.Attacks;

/// <summary>Small archives that unpack to very much: refused at a limit, in little memory and time.</summary>
[Attack(4)]
public sealed class ArchiveBombTests(Arena arena) : AttackTests(arena)
{
    private const int Repeats = 10_000;

    private static readonly Dictionary<string, Func<byte[]>> s_bombs = new()
    {
        // Members of a gzip stream may follow each other: a small piece, packed once, is ten gigabytes when it is repeated.
        ["ten gigabytes in one file"] = () => Repeat(TarBytes.Header("a"u8, '0', size: "77777777777"), new byte[1 << 20]),
        ["ten gigabytes behind the end mark"] = () => Repeat(new byte[1024], new byte[1 << 20]),
        ["files of a megabyte"] = () => Repeat([], [.. TarBytes.Header("a"u8, '0', size: "00004000000"), .. new byte[1 << 20]]),
        ["ten million entries of one name"] = () => Repeat([], [.. Enumerable.Repeat(TarBytes.Header("a"u8, '0'), 1000).SelectMany(header => header)]),
        ["ten million links"] = () => Repeat([], [.. Enumerable.Repeat(TarBytes.Header("a"u8, '2', link: "b"), 1000).SelectMany(header => header)]),
        ["ten million tops"] = () => Repeat([], [.. Enumerable.Repeat(TarBytes.Header("./"u8, '5'), 1000).SelectMany(header => header)]),
        ["gigabytes of pax records"] = () => Repeat([], [.. Bare(new TarBytes().Pax('x', "comment=" + new string('c', 1 << 19)).File("a"))]),
        ["gigabytes of pax records for all"] = () => Repeat([], [.. Bare(new TarBytes().Pax('g', "comment=" + new string('c', 1 << 19)).File("a"))]),
        ["directories that are only implied"] = () => Implied(),
    };

    public static TheoryData<string> Bombs => [.. s_bombs.Keys];

    [Theory(Timeout = Long)]
    [MemberData(nameof(Bombs))]
    public async Task A_bomb_is_refused_in_little_memory_and_time(string what)
    {
        var bomb = s_bombs[what]();

        var started = TimeProvider.System.GetTimestamp();
        var rise = await PeakMemory.RiseAsync(() => RefusedAsync(() => RunAsync(ExecutionConfig.Of("echo ran"), bomb), SandboxErrorCode.TooLarge));

        rise.ShouldBeLessThan(64L << 20);
        TimeProvider.System.GetElapsedTime(started).ShouldBeLessThan(AtMost(20));
    }

    [Fact(Timeout = Long)]
    public async Task A_bomb_over_http_is_413_and_the_server_goes_on()
    {
        using var client = new SandboxClient(Url);
        var bomb = s_bombs["files of a megabyte"]();

        await RefusedAsync(() => RunAsync(client, ExecutionConfig.Of("echo ran"), bomb), SandboxErrorCode.TooLarge);

        (await RunAsync(client, ExecutionConfig.Of("echo ran"))).Execution[0].Stdout.ShouldBe("ran");
    }

    [Fact(Timeout = Long)]
    public async Task A_million_empty_members_are_an_empty_archive_or_refused()
    {
        var empty = TarBytes.Gzip([]);
        var members = new MemoryStream();
        for (var i = 0; i < 1_000_000 / (int)TestHost.Slowness; i++)
            members.Write(empty);
        members.Write(TarBytes.Gzip(new byte[1024]));

        var rise = await PeakMemory.RiseAsync(async () => (await OutputOfAsync("ls -A | wc -l", members.ToArray())).ShouldBe("0"));

        rise.ShouldBeLessThan(64L << 20);
    }

    [Fact(Timeout = Long)]
    public async Task A_bomb_in_a_stored_environment_is_none_for_downloads()
    {
        var id = await SaveAsync("head -c 20M /dev/zero > zeros; echo found > zzz");

        var rise = await PeakMemory.RiseAsync(async () =>
        {
            for (var i = 0; i < 5; i++)
                (await DownloadAsync(id, "zzz")).ShouldBe("found\n"u8.ToArray());
        });

        rise.ShouldBeLessThan(64L << 20);
    }

    private static byte[] Bare(TarBytes tar)
    {
        using var gzip = new GZipStream(new MemoryStream(tar.Unfinished()), CompressionMode.Decompress);
        using var bytes = new MemoryStream();
        gzip.CopyTo(bytes);
        return bytes.ToArray();
    }

    private static byte[] Repeat(byte[] first, byte[] piece)
    {
        var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.SmallestSize, leaveOpen: true))
            gzip.Write(piece);
        var archive = new MemoryStream();
        archive.Write(TarBytes.Gzip(first));
        for (var i = 0; i < Repeats; i++)
            archive.Write(packed.GetBuffer().AsSpan(0, (int)packed.Length));
        return archive.ToArray();
    }

    // Each entry's path implies forty directories of its own; none is named.
    private static byte[] Implied()
    {
        var tar = new TarBytes();
        for (var i = 0; i < 2000; i++)
            tar.Raw(TarBytes.Header(Encoding.ASCII.GetBytes($"{i}/" + string.Concat(Enumerable.Repeat("d/", 40)) + "f"), '0'));
        return tar.ToTgz();
    }
}
