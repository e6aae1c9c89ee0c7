using System.Formats.Tar;
using System.IO.Compression;
using System.Text;

namespace SandboxApi.Soak.Kinds;

/// <summary>Archives made and read without the product's own code.</summary>
internal static class Archives
{
    internal static byte[] Of(params (string Name, string Text)[] files) =>
        Of([.. files.Select(file => File(file.Name, Encoding.UTF8.GetBytes(file.Text)))]);

    internal static byte[] Of(params TarEntry[] entries)
    {
        using var tar = new MemoryStream();
        using (var writer = new TarWriter(tar, TarEntryFormat.Pax, leaveOpen: true))
        {
            foreach (var entry in entries)
                writer.WriteEntry(entry);
        }

        return Gzip(tar.ToArray());
    }

    internal static TarEntry File(string name, byte[] content) => new PaxTarEntry(TarEntryType.RegularFile, name) { DataStream = new MemoryStream(content) };

    internal static TarEntry Link(TarEntryType type, string name, string target) => new PaxTarEntry(type, name) { LinkName = target };

    internal static byte[] Gzip(byte[] content)
    {
        using var buffer = new MemoryStream();
        using (var gzip = new GZipStream(buffer, CompressionLevel.Fastest, leaveOpen: true))
            gzip.Write(content);
        return buffer.ToArray();
    }

    /// <summary>The regular files of an archive.</summary>
    internal static async Task<Dictionary<string, byte[]>> ReadAsync(Stream archive, CancellationToken cancellationToken)
    {
        var files = new Dictionary<string, byte[]>();
        await using var gzip = new GZipStream(archive, CompressionMode.Decompress);
        await using var tar = new TarReader(gzip);
        while (await tar.GetNextEntryAsync(copyData: false, cancellationToken) is { } entry)
        {
            if (entry.EntryType is not (TarEntryType.RegularFile or TarEntryType.V7RegularFile))
                continue;
            using var content = new MemoryStream();
            if (entry.DataStream is { } data)
                await data.CopyToAsync(content, cancellationToken);
            files[entry.Name] = content.ToArray();
        }

        return files;
    }
}
