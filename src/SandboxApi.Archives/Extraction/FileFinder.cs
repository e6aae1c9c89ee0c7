namespace SandboxApi.Archives.Extraction;

/// <summary>Finds the bytes of one file of an archive, which may be another name of a file that comes before it.</summary>
internal static class FileFinder
{
    // A sparse file of gigabytes is a few hundred bytes of an archive.
    private const long DefaultMaxFileBytes = 256 << 20;

    /// <summary>The last file of that path; null when there is none.</summary>
    /// <param name="async">Whether waiting may be asynchronous.</param>
    /// <param name="archive">What to read from its present position on; it must be seekable, unless <paramref name="kept"/> is what can be read again.</param>
    /// <param name="kept">Gets what was read of <paramref name="archive"/>; null for one that is seekable.</param>
    /// <param name="path">A clean path.</param>
    /// <param name="limits">How much the archive may hold; null for the defaults.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public static async ValueTask<byte[]?> FindAsync(bool async, Stream archive, FileStream? kept, string path, ExtractionLimits? limits, CancellationToken cancellationToken)
    {
        var start = kept is null && archive.CanSeek ? archive.Position : 0;
        var found = await PassAsync(async, kept is null ? archive : new TeeStream(archive, kept), path, int.MaxValue, limits, cancellationToken).ConfigureAwait(false);
        var again = kept ?? archive;
        while (found.Target is { } target)
        {
            // What a name was linked to is what its target was at that moment: nothing that comes after it.
            again.Position = start;
            found = await PassAsync(async, again, target, found.Index, limits, cancellationToken).ConfigureAwait(false);
        }

        return found.Bytes;
    }

    private static async ValueTask<(byte[]? Bytes, string? Target, int Index)> PassAsync(bool async, Stream archive, string path, int before, ExtractionLimits? limits, CancellationToken cancellationToken)
    {
        (byte[]? Bytes, string? Target, int Index) found = default;
        var reader = new MemberReader(archive, limits ?? new(), async);
        await using (reader.ConfigureAwait(false))
        {
            for (var index = 0; index < before && await reader.NextAsync(cancellationToken).ConfigureAwait(false) is { } entry; index++)
            {
                if (entry.Path != path)
                    continue;
                if (entry.Kind == EnvironmentEntryKind.HardLink && MemberPath.Clean(entry.LinkTarget ?? "") is { } target && target != path)
                    found = (null, target, index);
                else if (entry.Kind == EnvironmentEntryKind.File)
                    found = (await ReadAsync(reader, entry, limits, cancellationToken).ConfigureAwait(false), null, index);
            }
        }

        return found;
    }

    private static async ValueTask<byte[]> ReadAsync(MemberReader reader, EnvironmentEntry entry, ExtractionLimits? limits, CancellationToken cancellationToken)
    {
        var most = limits is null ? DefaultMaxFileBytes : Math.Min(limits.MaxBytes, Array.MaxLength);
        if (entry.Length > most)
            throw new SandboxException(SandboxErrorCode.TooLarge, $"The archive's file '{entry.Path}' has {entry.Length} bytes, more than the {ToldSize.Of(most)} that are read into memory; {(limits is null ? "give ExtractionLimits if that is meant, or unpack the archive" : "unpack the archive instead")}.");
        var bytes = new byte[entry.Length];
        using var content = new MemoryStream(bytes);
        await reader.CopyAsync(content, cancellationToken).ConfigureAwait(false);
        return bytes;
    }
}
