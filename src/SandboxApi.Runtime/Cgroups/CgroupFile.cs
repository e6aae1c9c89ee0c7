using System.Buffers.Text;
using System.Text;
using Microsoft.Win32.SafeHandles;
using SandboxApi.Runtime.Interop;

namespace SandboxApi.Runtime.Cgroups;

/// <summary>One file of a cgroup, kept open: reading a counter is then a single system call.</summary>
/// <remarks>
/// Opened by the kernel's call, not by <see cref="File"/>, which takes a lock on whatever it opens (flock(2)), and fails where another holds one: programs see the files of their
/// cgroups, and who can read a file can lock it. So they could keep the engine from setting their limits, and would see its own locks. Read and written by the kernel's calls as well:
/// <see cref="RandomAccess"/> asks first whether a file can be sought, and takes one whose cgroup was removed for a stream.
/// </remarks>
internal sealed unsafe class CgroupFile : IDisposable
{
    private readonly SafeFileHandle _handle;
    private readonly string _path;

    private CgroupFile(string path, int access)
    {
        _path = path;
        _handle = FileCalls.OpenWithoutLock(path, access);
    }

    internal static CgroupFile ForReading(string path) => new(path, FileCalls.ReadOnly);

    internal static CgroupFile ForWriting(string path) => new(path, FileCalls.WriteOnly);

    internal static CgroupFile ForReadingAndWriting(string path) => new(path, FileCalls.ReadWrite);

    /// <summary>Writes a text to a file that is not kept open.</summary>
    internal static void Write(string path, string text)
    {
        using var file = ForWriting(path);
        file.Write(Encoding.ASCII.GetBytes(text));
    }

    /// <summary>The lines of a file that is not kept open.</summary>
    internal static IReadOnlyList<string> ReadLines(string path)
    {
        using var stream = new FileStream(FileCalls.OpenWithoutLock(path, FileCalls.ReadOnly), FileAccess.Read);
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    /// <summary>To hand on, while this is not disposed of.</summary>
    internal int Descriptor => (int)_handle.DangerousGetHandle();

    /// <summary>The number the file begins with; "max" is read as the largest there is.</summary>
    internal long ReadNumber()
    {
        Span<byte> buffer = stackalloc byte[64];
        var text = Read(buffer);
        if (text.StartsWith("max"u8))
            return long.MaxValue;
        return Utf8Parser.TryParse(text, out long value, out _) ? value : throw Unexpected(text);
    }

    /// <summary>The same of a file that is not kept open.</summary>
    internal static long ReadNumber(string path)
    {
        using var file = ForReading(path);
        return file.ReadNumber();
    }

    /// <summary>The number behind a key in a file of lines "key number"; 0 when there is no such line.</summary>
    internal long ReadKey(ReadOnlySpan<byte> key)
    {
        Span<byte> buffer = stackalloc byte[1024];
        var text = Read(buffer);
        while (text.Length > 0)
        {
            var end = text.IndexOf((byte)'\n');
            var line = end < 0 ? text : text[..end];
            if (line.Length > key.Length && line[key.Length] == (byte)' ' && line.StartsWith(key))
                return Utf8Parser.TryParse(line[(key.Length + 1)..], out long value, out _) ? value : throw Unexpected(line);
            text = end < 0 ? default : text[(end + 1)..];
        }

        return 0;
    }

    /// <summary>As much of its text as there is room for.</summary>
    /// <exception cref="IOException">The cgroup was removed, among others.</exception>
    internal ReadOnlySpan<byte> Read(Span<byte> buffer)
    {
        nint count;
        // Safe: the span is pinned while the kernel fills at most its length.
        fixed (byte* start = buffer)
            count = FileCalls.ReadAt(_handle, start, (nuint)buffer.Length, 0);
        return count >= 0 ? buffer[..(int)count] : throw SystemCallException.Last($"reading {_path}");
    }

    internal bool IsEmpty()
    {
        Span<byte> buffer = stackalloc byte[16];
        return Read(buffer).IsEmpty;
    }

    internal void Write(long value)
    {
        Span<byte> buffer = stackalloc byte[24];
        Utf8Formatter.TryFormat(value, buffer, out var length);
        Write(buffer[..length]);
    }

    public void Dispose() => _handle.Dispose();

    private void Write(ReadOnlySpan<byte> text)
    {
        nint count;
        // Safe: the span is pinned while the kernel reads no more than its length.
        fixed (byte* start = text)
            count = FileCalls.WriteAt(_handle, start, (nuint)text.Length, 0);
        if (count < 0)
            throw SystemCallException.Last($"writing {_path}");
    }

    private IOException Unexpected(ReadOnlySpan<byte> text) => new($"{_path} holds '{Encoding.UTF8.GetString(text).Trim()}' where a number belongs");
}
