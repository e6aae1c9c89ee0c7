using System.Buffers.Binary;
using System.Text;

namespace SandboxApi.Runtime.Root;

/// <summary>Which locales a root has, as glibc looks for them: in one archive, and in directories (locale(7), localedef(1)).</summary>
internal static class Locales
{
    /// <summary>An archive begins so (glibc: locale/locarchive.h).</summary>
    private const uint ArchiveMagic = 0xDE020109;

    /// <summary>More than the names of all locales there are take.</summary>
    private const uint MostNames = 1 << 20;

    /// <summary>Whether a program that runs in the root can have the locale. True where the root keeps locales in a way of its own: then nobody can tell.</summary>
    internal static bool Has(string root, string name)
    {
        // A name with a slash in it is a path to glibc.
        if (name.Length == 0 || !name.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-' or '@'))
            return false;
        if (name is "C" or "POSIX" or "C.UTF-8" or "C.utf8")
            return true;
        var directory = Path.Combine(root, LocaleArchive.HostDirectory.TrimStart('/'));
        try
        {
            string[] names = [name, Normalize(name)];
            return !Directory.Exists(directory)
                || names.Any(n => File.Exists(Path.Combine(directory, n, "LC_CTYPE")))
                || InArchive(Path.Combine(directory, "locale-archive"), names);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return true;
        }
    }

    /// <summary><c>de_DE.UTF-8@euro</c> is kept as <c>de_DE.utf8@euro</c>.</summary>
    private static string Normalize(string name)
    {
        var from = name.IndexOf('.', StringComparison.Ordinal);
        if (from < 0)
            return name;
        var to = name.IndexOf('@', StringComparison.Ordinal) is var at && at > from ? at : name.Length;
        return name[..(from + 1)] + string.Concat(name[(from + 1)..to].Where(char.IsAsciiLetterOrDigit)).ToLowerInvariant() + name[to..];
    }

    /// <summary>Looks through the archive's table of names.</summary>
    private static bool InArchive(string path, string[] names)
    {
        if (!File.Exists(path))
            return false;
        using var file = File.OpenHandle(path);
        Span<byte> head = stackalloc byte[32];
        if (RandomAccess.Read(file, head, 0) < head.Length || BinaryPrimitives.ReadUInt32LittleEndian(head) != ArchiveMagic)
            return false;
        var (offset, used) = (BinaryPrimitives.ReadUInt32LittleEndian(head[20..]), BinaryPrimitives.ReadUInt32LittleEndian(head[24..]));
        var table = new byte[Math.Min(used, MostNames)];
        var length = RandomAccess.Read(file, table, offset);
        var known = Encoding.UTF8.GetString(table, 0, length).Split('\0');
        return names.Any(known.Contains);
    }
}
