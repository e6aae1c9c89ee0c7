using System.Buffers;
using System.Text;

namespace SandboxApi.Archives.Tar;

/// <summary>Names in an archive: bytes, relative to the working directory, without <c>.</c>, <c>..</c> or empty segments.</summary>
/// <remarks>A slash at the beginning is left away, as all readers do: what was packed as <c>/srv/a</c> is unpacked as <c>srv/a</c>.</remarks>
internal static class ArchivePath
{
    /// <summary>PATH_MAX without its NUL.</summary>
    public const int KernelLimit = 4095;

    private const int NameLimit = 255;

    /// <summary>The plain form of <paramref name="path"/>; empty for the top itself; null, with the reason, for one that may not be used.</summary>
    public static byte[]? Normalize(ReadOnlySpan<byte> path, int maxLength, out string? refusal)
    {
        refusal = path.Contains((byte)0) ? "has a NUL in its name" : null;
        if (refusal is not null)
            return null;

        var plain = new ArrayBufferWriter<byte>(path.Length + 1);
        foreach (var range in path.Split((byte)'/'))
        {
            var segment = path[range];
            if (segment.IsEmpty || segment.SequenceEqual("."u8))
                continue;
            if (segment.SequenceEqual(".."u8))
                refusal = "has '..' in its name";
            else if (segment.Length > NameLimit)
                refusal = $"has a name of more than {NameLimit} bytes";
            else if (plain.WrittenCount + segment.Length + 1 > maxLength)
                refusal = $"has a path of more than {maxLength} bytes";
            if (refusal is not null)
                return null;
            if (plain.WrittenCount > 0)
                plain.Write("/"u8);
            plain.Write(segment);
        }

        return plain.WrittenSpan.ToArray();
    }

    /// <summary>Where the last segment starts; 0 when there is one segment only.</summary>
    public static int NameStart(ReadOnlySpan<byte> path) => path.LastIndexOf((byte)'/') + 1;

    /// <summary>A name as it can stand in a message: one line, not long, whatever its bytes.</summary>
    public static string Display(ReadOnlySpan<byte> path)
    {
        const int most = 160;
        var text = new StringBuilder(Encoding.UTF8.GetString(path.Length > most ? path[..most] : path));
        for (var i = 0; i < text.Length; i++)
        {
            if (char.IsControl(text[i]) || text[i] is '\u2028' or '\u2029')
                text[i] = '?';
        }

        return path.Length > most ? text.Append('…').ToString() : text.ToString();
    }
}
