using System.Formats.Tar;
using System.IO.Compression;

namespace SandboxApi.Bench.Sections;

/// <summary>An environment of so many files, of bytes that do not compress.</summary>
internal static class NoiseArchive
{
    public static string Make(string directory, int files, int bytes)
    {
        var path = Path.Combine(directory, $"{files}-{bytes}.tgz");
        var random = new Random(files ^ bytes);
        var content = new byte[bytes];
        random.NextBytes(content);
        using var gzip = new GZipStream(File.Create(path), CompressionLevel.Fastest);
        using var tar = new TarWriter(gzip);
        for (var i = 0; i < files; i++)
            tar.WriteEntry(new PaxTarEntry(TarEntryType.RegularFile, $"d{i % 100}/f{i}") { DataStream = new MemoryStream(content) });
        return path;
    }
}
