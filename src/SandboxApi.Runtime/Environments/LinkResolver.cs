using SandboxApi.Archives.Tar;

namespace SandboxApi.Runtime.Environments;

/// <summary>Where a path of an environment leads, by the texts of its symbolic links alone: the kernel is never asked to follow one.</summary>
/// <remarks>
/// What lay in the home while programs ran is named as it was then: an absolute link counts from <c>/home/student</c>. Whatever is outside of it is nowhere.
/// </remarks>
internal static class LinkResolver
{
    /// <summary>The most links that are followed: what POSIX promises at least (_POSIX_SYMLOOP_MAX).</summary>
    public const int MaxLinks = 8;

    private static readonly byte[][] s_home = ["home"u8.ToArray(), "student"u8.ToArray()];

    /// <summary>The home as links name it.</summary>
    public static ReadOnlySpan<byte> Home => "/home/student/"u8;

    /// <summary>The path relative to the home, without links, <c>.</c> and <c>..</c>; null when it leads out of the home, nowhere, or in a circle.</summary>
    /// <param name="path">Relative to the home.</param>
    /// <param name="readLink">The text of the link at a path whose directories are no links; null when it is no link.</param>
    public static byte[]? Resolve(byte[] path, Func<byte[], byte[]?> readLink)
    {
        var done = new List<byte[]>(s_home);
        var todo = new Stack<byte[]>();
        Push(todo, path);
        var links = 0;
        while (todo.TryPop(out var segment))
        {
            if (segment.AsSpan().SequenceEqual(".."u8))
            {
                if (done.Count > 0)
                    done.RemoveAt(done.Count - 1);
                continue;
            }

            done.Add(segment);
            if (!IsOnTheWay(done))
                return null;
            if (done.Count <= s_home.Length || readLink(Relative(done)) is not { } target)
                continue;
            if (++links > MaxLinks || target.Length is 0 or > ArchivePath.KernelLimit)
                return null;
            if (target[0] == '/')
                done.Clear();
            else
                done.RemoveAt(done.Count - 1);
            Push(todo, target);
        }

        return done.Count > s_home.Length ? Relative(done) : null;
    }

    /// <summary>Whether the segments are the home's own, or below it.</summary>
    private static bool IsOnTheWay(List<byte[]> segments)
    {
        for (var i = 0; i < Math.Min(segments.Count, s_home.Length); i++)
        {
            if (!segments[i].AsSpan().SequenceEqual(s_home[i]))
                return false;
        }

        return true;
    }

    private static byte[] Relative(List<byte[]> segments)
    {
        var text = new MemoryStream();
        foreach (var segment in segments.Skip(s_home.Length))
        {
            if (text.Length > 0)
                text.WriteByte((byte)'/');
            text.Write(segment);
        }

        return text.ToArray();
    }

    private static void Push(Stack<byte[]> todo, byte[] path)
    {
        var segments = new List<byte[]>();
        foreach (var range in path.AsSpan().Split((byte)'/'))
        {
            var segment = path.AsSpan(range);
            if (!segment.IsEmpty && !segment.SequenceEqual("."u8))
                segments.Add(segment.ToArray());
        }

        for (var i = segments.Count - 1; i >= 0; i--)
            todo.Push(segments[i]);
    }
}
