namespace SandboxApi.Runtime.Environments;

/// <summary>Files with several names, of which one was packed: the others become hard links to it.</summary>
/// <remarks>Told apart by their inodes, as everything packed lies in one file system. A file is forgotten with its last name, and what is remembered is bounded: beyond that, names get copies.</remarks>
internal sealed class OtherNames
{
    /// <summary>Half of what <see cref="ArchiveLinks"/> can follow.</summary>
    private const int MaxBytes = 4 << 20;

    /// <summary>What a name costs in memory beside its own bytes.</summary>
    private const int Overhead = 128;

    private readonly Dictionary<ulong, (byte[] Path, uint Left)> _first = [];
    private int _bytes;

    /// <summary>The path that the same file was packed under; null when this is its first name.</summary>
    /// <param name="inode">Its number.</param>
    /// <param name="names">How many names it has.</param>
    /// <param name="path">This one.</param>
    public byte[]? PackedAs(ulong inode, uint names, byte[] path)
    {
        if (names <= 1)
            return null;
        if (!_first.TryGetValue(inode, out var first))
        {
            Remember(inode, names, path);
            return null;
        }

        if (!Count(path))
            return null;
        if (first.Left <= 1)
            _first.Remove(inode);
        else
            _first[inode] = first with { Left = first.Left - 1 };
        return first.Path;
    }

    private void Remember(ulong inode, uint names, byte[] path)
    {
        if (Count(path))
            _first.Add(inode, (path, names - 1));
    }

    private bool Count(byte[] path)
    {
        if (_bytes > MaxBytes)
            return false;
        _bytes += path.Length + Overhead;
        return true;
    }
}
