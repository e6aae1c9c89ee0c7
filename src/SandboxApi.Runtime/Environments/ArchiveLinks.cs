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

    /// <summary>Reads a whole archive for its links.</summary>
    /// <exception cref="SandboxException">The archive is damaged.</exception>
    public static async Task<ArchiveLinks> ReadAsync(ArchiveReader reader, CancellationToken cancellationToken)
    {
        var links = new ArchiveLinks();
        var bytes = 0;
        while (await reader.NextAsync(cancellationToken).ConfigureAwait(false) is { } entry)
        {
            var target = entry.Kind switch
            {
                ArchiveEntryKind.SymbolicLink => entry.Target,
                // The target of a hard link counts from the top of the archive, not from where the link is.
                ArchiveEntryKind.HardLink => [.. LinkResolver.Home, .. entry.Target],
                _ => null,
            };
            if (target is null)
                continue;
            bytes += entry.Path.Length + target.Length + Overhead;
            if (bytes > MaxBytes)
                return new ArchiveLinks();
            links._targets[Key(entry.Path)] = target;
        }

        return links;
    }

    /// <summary>The target of the link at a path; null when there is none.</summary>
    public byte[]? TargetOf(byte[] path) => _targets.GetValueOrDefault(Key(path));

    // Names are bytes; as text of one character for each byte they can be keys.
    private static string Key(byte[] path) => Encoding.Latin1.GetString(path);
}
