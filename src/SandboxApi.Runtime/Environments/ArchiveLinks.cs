using System.Text;
using SandboxApi.Archives.Tar;

namespace SandboxApi.Runtime.Environments;

/// <summary>The links of a stored archive, by their paths: to find what a path leads to before the one file is looked for.</summary>
internal sealed class ArchiveLinks
{
    /// <summary>The most that is kept of names and targets together; of an archive with more links none is followed.</summary>
    private const int MaxBytes = 8 << 20;

    /// <summary>What a name costs in memory beside its own bytes.</summary>
    private const int Overhead = 128;

    private readonly Dictionary<string, byte[]> _targets = new(StringComparer.Ordinal);
    private int _bytes;

    /// <summary>Notes an entry of the archive, if it is a link.</summary>
    public void Note(ArchiveEntry entry)
    {
        var target = entry.Kind switch
        {
            ArchiveEntryKind.SymbolicLink => entry.Target,
            // The target of a hard link counts from the top of the archive, not from where the link is.
            ArchiveEntryKind.HardLink => [.. LinkResolver.Home, .. entry.Target],
            _ => null,
        };
        if (target is null || _bytes > MaxBytes)
            return;
        _bytes += entry.Path.Length + target.Length + Overhead;
        if (_bytes > MaxBytes)
            _targets.Clear();
        else
            _targets[Key(entry.Path)] = target;
    }

    /// <summary>The target of the link at a path; null when there is none.</summary>
    public byte[]? TargetOf(byte[] path) => _targets.GetValueOrDefault(Key(path));

    // Names are bytes; as text of one character for each byte they can be keys.
    private static string Key(byte[] path) => Encoding.Latin1.GetString(path);
}
