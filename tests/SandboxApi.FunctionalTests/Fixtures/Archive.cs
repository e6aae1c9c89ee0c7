using System.Formats.Tar;
using System.IO.Compression;
using System.Text;

namespace SandboxApi.FunctionalTests.Fixtures;

/// <summary>Environment archives made and read without the product's own code.</summary>
internal static class Archive
{
    public const UnixFileMode Plain = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead;
    public const UnixFileMode Executable = Plain | UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;

    public static byte[] Of(params (string Name, string Text)[] files) =>
        Of([.. files.Select(file => File(file.Name, Encoding.UTF8.GetBytes(file.Text)))]);

    public static byte[] Of(params TarEntry[] entries)
    {
        using var buffer = new MemoryStream();
        using (var gzip = new GZipStream(buffer, CompressionLevel.Fastest, leaveOpen: true))
        using (var tar = new TarWriter(gzip, TarEntryFormat.Pax, leaveOpen: true))
        {
            foreach (var entry in entries)
                tar.WriteEntry(entry);

            // The writer ends an archive only when it began one.
            if (entries.Length == 0)
                gzip.Write(new byte[1024]);
        }

        return buffer.ToArray();
    }

    public static TarEntry File(string name, byte[] content, UnixFileMode mode = Plain) =>
        new PaxTarEntry(TarEntryType.RegularFile, name) { DataStream = new MemoryStream(content), Mode = mode };

    public static TarEntry Link(TarEntryType type, string name, string target) => new PaxTarEntry(type, name) { LinkName = target };

    public static TarEntry Node(TarEntryType type, string name) => new PaxTarEntry(type, name) { Mode = Plain };

    /// <summary>Every member of an archive, in order.</summary>
    public static List<Member> Read(byte[] archive)
    {
        var members = new List<Member>();
        using var gzip = new GZipStream(new MemoryStream(archive), CompressionMode.Decompress);
        using var tar = new TarReader(gzip);
        while (tar.GetNextEntry(copyData: true) is { } entry)
        {
            using var content = new MemoryStream();
            entry.DataStream?.CopyTo(content);
            members.Add(new Member(entry.Name, entry.EntryType, entry.Mode, entry.LinkName, content.ToArray()));
        }

        return members;
    }

    public static byte[] Gzip(byte[] content)
    {
        using var buffer = new MemoryStream();
        using (var gzip = new GZipStream(buffer, CompressionLevel.Fastest, leaveOpen: true))
            gzip.Write(content);
        return buffer.ToArray();
    }
}

/// <summary>A member of an archive.</summary>
internal sealed record Member(string Name, TarEntryType Type, UnixFileMode Mode, string LinkName, byte[] Content)
{
    public string Text => Encoding.UTF8.GetString(Content);
}
