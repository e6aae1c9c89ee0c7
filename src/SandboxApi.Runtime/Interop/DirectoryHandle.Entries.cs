using System.Buffers;
using System.Buffers.Binary;

namespace SandboxApi.Runtime.Interop;

internal sealed unsafe partial class DirectoryHandle
{
    private const int EntriesBuffer = 32 * 1024;

    /// <summary>The names in this directory, without <c>.</c> and <c>..</c>, sorted by their bytes; null when there are more than <paramref name="most"/>.</summary>
    /// <remarks>The directory must be open for reading, not only pinned, and is read from where it was left: call once per handle.</remarks>
    public List<byte[]>? ReadNames(int most)
    {
        var names = new List<byte[]>();
        var buffer = ArrayPool<byte>.Shared.Rent(EntriesBuffer);
        try
        {
            while (true)
            {
                nint length;
                // Safe: the array is pinned while the kernel fills at most its length.
                fixed (byte* p = buffer)
                    length = FileCalls.ReadEntries(this, p, (nuint)buffer.Length);
                if (length < 0)
                    throw SystemCallException.Last("getdents64");
                if (length == 0)
                    break;
                if (!Collect(buffer.AsSpan(0, (int)length), names, most))
                    return null;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }

        names.Sort(static (a, b) => a.AsSpan().SequenceCompareTo(b));
        return names;
    }

    // struct linux_dirent64: inode (8), offset (8), record length (2), type (1), name up to NUL.
    private static bool Collect(ReadOnlySpan<byte> records, List<byte[]> names, int most)
    {
        while (!records.IsEmpty)
        {
            var length = BinaryPrimitives.ReadUInt16LittleEndian(records[16..]);
            var name = records[19..length];
            name = name[..name.IndexOf((byte)0)];
            if (!name.SequenceEqual("."u8) && !name.SequenceEqual(".."u8))
            {
                if (names.Count >= most)
                    return false;
                names.Add(name.ToArray());
            }

            records = records[length..];
        }

        return true;
    }
}
