using System.Diagnostics;
using System.IO.Compression;
using System.Text;
using SandboxApi.Archives.Tar;

namespace SandboxApi.Archives.Tests;

/// <summary>What we write, as our own reader and the tools of the world read it.</summary>
public sealed class WriterTests
{
    private static readonly ArchiveEntry[] s_entries =
    [
        new() { Kind = ArchiveEntryKind.Directory, Path = "d"u8.ToArray(), Mode = 0x3FF, Modified = new(1_700_000_000, 123_456_789) },
        new() { Kind = ArchiveEntryKind.File, Path = "d/f"u8.ToArray(), Mode = 0x1A4, Size = 5, Modified = new(-2, 500_000_000) },
        new() { Kind = ArchiveEntryKind.File, Path = Deep(150), Mode = 0x1ED, Size = 5, Modified = new(1_600_000_000, 0) },
        new() { Kind = ArchiveEntryKind.File, Path = Deep(700), Mode = 0x1A4, Size = 5, Modified = new(1_600_000_000, 1) },
        new() { Kind = ArchiveEntryKind.SymbolicLink, Path = "l"u8.ToArray(), Target = Deep(150), Mode = 0x1FF, Modified = new(0, 0) },
        new() { Kind = ArchiveEntryKind.File, Path = "n"u8.ToArray(), Mode = 0x1A4, Size = 5, Modified = new(10_000_000_000, 0) },
    ];

    [Fact]
    public async Task Our_reader_finds_what_was_written()
    {
        var found = new List<ArchiveEntry>();
        await using var reader = new ArchiveReader(new MemoryStream(await WriteAsync(s_entries)), ArchiveLimits.None);
        while (await reader.NextAsync(CancellationToken.None) is { } entry)
            found.Add(entry);
        found.Select(Describe).ShouldBe(s_entries.Select(Describe));
    }

    [Theory]
    [InlineData(101)]
    [InlineData(150)]
    [InlineData(200)]
    public async Task A_path_that_fits_into_two_fields_needs_no_extended_header(int length)
    {
        var tgz = await WriteAsync([new() { Kind = ArchiveEntryKind.File, Path = Deep(length), Mode = 0x1A4, Size = 5, Modified = new(1_700_000_000, 0) }]);
        using var tar = new MemoryStream();
        await using (var gzip = new GZipStream(new MemoryStream(tgz), CompressionMode.Decompress))
            await gzip.CopyToAsync(tar, TestContext.Current.CancellationToken);
        tar.Length.ShouldBe(512 + 512 + 1024);
        await using var reader = new ArchiveReader(new MemoryStream(tgz), ArchiveLimits.None);
        (await reader.NextAsync(CancellationToken.None))!.Path.ShouldBe(Deep(length));
    }

    [Fact]
    public async Task The_reader_of_the_framework_finds_the_same_paths()
    {
        ArchiveEntry[] entries = [.. s_entries, new() { Kind = ArchiveEntryKind.File, Path = [(byte)'x', .. Deep(149)], Mode = 0x1A4, Size = 5, Modified = new(1_600_000_000, 1) }];
        var found = new List<string>();
        await using (var gzip = new GZipStream(new MemoryStream(await WriteAsync(entries)), CompressionMode.Decompress))
        await using (var reader = new System.Formats.Tar.TarReader(gzip))
        {
            while (await reader.GetNextEntryAsync(cancellationToken: TestContext.Current.CancellationToken) is { } entry)
                found.Add(entry.Name.TrimEnd('/'));
        }

        found.ShouldBe(entries.Select(entry => Encoding.UTF8.GetString(entry.Path)));
    }

    public static TheoryData<string, string> Tools => new()
    {
        { "tar", "tar -xzpf ../a.tgz" },
        { "bsdtar", "bsdtar -xzpf ../a.tgz" },
        { "python3", "python3 -c \"import tarfile; tarfile.open('../a.tgz').extractall('.')\"" },
        { "busybox", "busybox tar -xzf ../a.tgz" },
        { "perl", "perl -MArchive::Tar -e '$Archive::Tar::CHOWN = 0; $Archive::Tar::INSECURE_EXTRACT_MODE = 1; Archive::Tar->extract_archive(\"../a.tgz\") or die'" },
    };

    [Theory(Timeout = 120_000)]
    [MemberData(nameof(Tools))]
    public async Task A_tool_unpacks_what_was_written(string tool, string command)
    {
        Assert.SkipUnless(Environment.GetEnvironmentVariable("PATH")!.Split(':').Any(directory => File.Exists(Path.Combine(directory, tool))), $"{tool} is not installed");
        var top = Directory.CreateTempSubdirectory("sandbox-test-").FullName;
        try
        {
            var into = Directory.CreateDirectory(Path.Combine(top, "into")).FullName;
            await File.WriteAllBytesAsync(Path.Combine(top, "a.tgz"), await WriteAsync(s_entries), TestContext.Current.CancellationToken);

            var found = await ShellAsync(into, command + " && find . -mindepth 1 ! -type d -printf '%P %s %l\\n' | LC_ALL=C sort && stat -c '%n %.9Y' d/f n && cat d/f");

            // Perl's knows nothing of pax: what does not fit into a header it cannot name.
            string[] tooLong = tool == "perl" ? [] : [Encoding.ASCII.GetString(Deep(700)) + " 5 ", $"l 150 {Encoding.ASCII.GetString(Deep(150))}"];
            foreach (var line in (string[])["d/f 5 ", Encoding.ASCII.GetString(Deep(150)) + " 5 ", .. tooLong, "n 5 "])
                found.ShouldContain(line + "\n");
            found.ShouldEndWith("hello");
            // To the nanosecond; bsdtar takes the fraction of a time before 1970 the other way round.
            if (tool is "tar" or "bsdtar")
                found.ShouldContain("n 10000000000.000000000\n");
            if (tool == "tar")
                found.ShouldContain("d/f -1.500000000\n");
        }
        finally
        {
            await ShellAsync("/", $"chmod -R u+rwx '{top}'; rm -rf '{top}'");
        }
    }

    [Theory]
    [InlineData("0", 0, 0)]
    [InlineData("1.5", 1, 500_000_000)]
    [InlineData("-1.5", -2, 500_000_000)]
    [InlineData("-0.25", -1, 750_000_000)]
    [InlineData("-1", -1, 0)]
    [InlineData("5.", 5, 0)]
    [InlineData("1.123456789", 1, 123_456_789)]
    [InlineData("1e-05", 0, 10_000)]
    [InlineData("9.9999997e-08", 0, 99)]
    [InlineData("-4.999999969612645e-09", -1, 999_999_995)]
    [InlineData("1e-400", 0, 0)]
    public void A_time_is_read_as_it_is_written(string text, long seconds, int nanoseconds)
    {
        ArchiveTime.TryParse(Encoding.ASCII.GetBytes(text), out var time).ShouldBeTrue();
        time.ShouldBe(new ArchiveTime(seconds, nanoseconds));
        ArchiveTime.TryParse(time.ToPax(), out var again).ShouldBeTrue();
        again.ShouldBe(time);
    }

    [Theory]
    [InlineData("")]
    [InlineData("-")]
    [InlineData("+1")]
    [InlineData(" 1")]
    [InlineData("1e3")]
    [InlineData("e-5")]
    [InlineData("+1e-5")]
    [InlineData("1e-5x")]
    [InlineData("1e-")]
    [InlineData("1e-5e-5")]
    [InlineData(" 1e-5")]
    [InlineData(".5")]
    [InlineData("1.5x")]
    [InlineData("1,5")]
    public void A_time_that_tools_read_differently_is_none(string text) => ArchiveTime.TryParse(Encoding.ASCII.GetBytes(text), out _).ShouldBeFalse();

    private static byte[] Deep(int length)
    {
        var path = new StringBuilder();
        while (path.Length + 50 < length)
            path.Append("a-directory-of-a-name-that-is-a-bit-long/"[..41]);
        return Encoding.ASCII.GetBytes(path.Append('f', length - path.Length).ToString());
    }

    private static string Describe(ArchiveEntry entry) => $"{entry.Kind} {entry.DisplayName} {ArchivePath.Display(entry.Target)} {entry.Mode} {entry.Size} {entry.Modified}";

    private static async Task<byte[]> WriteAsync(IEnumerable<ArchiveEntry> entries)
    {
        var archive = new MemoryStream();
        await using var writer = new ArchiveWriter(archive);
        foreach (var entry in entries)
        {
            await writer.WriteHeaderAsync(entry, CancellationToken.None);
            if (entry.Kind != ArchiveEntryKind.File)
                continue;
            await writer.WriteContentAsync("hello"u8.ToArray(), CancellationToken.None);
            await writer.PadAsync(5, CancellationToken.None);
        }

        await writer.CompleteAsync(CancellationToken.None);
        return archive.ToArray();
    }

    private static async Task<string> ShellAsync(string directory, string command)
    {
        using var shell = Process.Start(new ProcessStartInfo("bash", ["-c", command]) { WorkingDirectory = directory, RedirectStandardOutput = true, RedirectStandardError = true })!;
        var error = shell.StandardError.ReadToEndAsync();
        var output = await shell.StandardOutput.ReadToEndAsync();
        await shell.WaitForExitAsync();
        shell.ExitCode.ShouldBe(0, await error);
        return output;
    }
}
