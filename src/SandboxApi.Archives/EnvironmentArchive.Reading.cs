using SandboxApi.Archives;
using SandboxApi.Archives.Extraction;
using SandboxApi.Archives.Packing;

namespace SandboxApi;

public static partial class EnvironmentArchive
{
    /// <summary>The members of an archive, in its order.</summary>
    /// <param name="archive">A gzip-compressed tar; it stays open.</param>
    /// <param name="limits">How much it may hold; null for the defaults.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="SandboxException"><see cref="SandboxErrorCode.InvalidArchive"/>, or <see cref="SandboxErrorCode.TooLarge"/> beyond the limits.</exception>
    public static IReadOnlyList<EnvironmentEntry> List(Stream archive, ExtractionLimits? limits = null, CancellationToken cancellationToken = default) =>
        Completed.Result(ListCore(async: false, archive, limits, cancellationToken));

    /// <inheritdoc cref="List"/>
    public static Task<IReadOnlyList<EnvironmentEntry>> ListAsync(Stream archive, ExtractionLimits? limits = null, CancellationToken cancellationToken = default) =>
        ListCore(async: true, archive, limits, cancellationToken).AsTask();

    /// <summary>The bytes of one file of an archive, by any of its names; null when it has no such file. Of several with the same path the last counts, as in unpacking.</summary>
    /// <param name="archive">A gzip-compressed tar; it stays open. What cannot be sought is kept in a temporary file meanwhile, as another name of a file comes after its content.</param>
    /// <param name="path">The file's path relative to the environment.</param>
    /// <param name="limits">How much the archive may hold; null for the defaults, and for a file of 256 MiB at most, as it comes to lie in memory.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="SandboxException"><see cref="SandboxErrorCode.InvalidArchive"/>, or <see cref="SandboxErrorCode.TooLarge"/> beyond the limits, or for a file of more bytes than an array can hold (about 2 GiB).</exception>
    public static byte[]? ReadFile(Stream archive, string path, ExtractionLimits? limits = null, CancellationToken cancellationToken = default) =>
        Completed.Result(ReadFileCore(async: false, archive, path, limits, cancellationToken));

    /// <inheritdoc cref="ReadFile"/>
    public static Task<byte[]?> ReadFileAsync(Stream archive, string path, ExtractionLimits? limits = null, CancellationToken cancellationToken = default) =>
        ReadFileCore(async: true, archive, path, limits, cancellationToken).AsTask();

    /// <summary>Unpacks an archive into a directory, which is made when it does not exist; files there of the same names are replaced.</summary>
    /// <param name="archive">A gzip-compressed tar; it stays open.</param>
    /// <param name="directory">The directory; nothing is written outside it.</param>
    /// <param name="limits">How much the archive may hold; null for the defaults.</param>
    /// <param name="cancellationToken">Gives up; what is unpacked so far stays.</param>
    /// <returns>The members that were left out because they are no file, directory or link, or are links that lead out of the directory; usually empty.</returns>
    /// <exception cref="SandboxException"><see cref="SandboxErrorCode.InvalidArchive"/>, also for a path that leaves the directory or is too long for the file system; <see cref="SandboxErrorCode.TooLarge"/> beyond the limits.</exception>
    public static IReadOnlyList<EnvironmentEntry> Extract(Stream archive, string directory, ExtractionLimits? limits = null, CancellationToken cancellationToken = default) =>
        Completed.Result(ArchiveExtractor.ExtractCore(async: false, archive, directory, limits ?? new(), cancellationToken));

    /// <inheritdoc cref="Extract"/>
    public static Task<IReadOnlyList<EnvironmentEntry>> ExtractAsync(Stream archive, string directory, ExtractionLimits? limits = null, CancellationToken cancellationToken = default) =>
        ArchiveExtractor.ExtractCore(async: true, archive, directory, limits ?? new(), cancellationToken).AsTask();

    private static async ValueTask<IReadOnlyList<EnvironmentEntry>> ListCore(bool async, Stream archive, ExtractionLimits? limits, CancellationToken cancellationToken)
    {
        var entries = new List<EnvironmentEntry>();
        var reader = new MemberReader(archive, limits ?? new(), async);
        await using (reader.ConfigureAwait(false))
        {
            while (await reader.NextAsync(cancellationToken).ConfigureAwait(false) is { } entry)
                entries.Add(entry);
        }

        return entries;
    }

    private static async ValueTask<byte[]?> ReadFileCore(bool async, Stream archive, string path, ExtractionLimits? limits, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(archive);
        ArgumentNullException.ThrowIfNull(path);
        if (MemberPath.Clean(path) is not { } wanted)
            return null;
        if (archive.CanSeek)
            return await FileFinder.FindAsync(async, archive, null, wanted, limits, cancellationToken).ConfigureAwait(false);
        using var kept = TemporaryFile.Create(async);
        return await FileFinder.FindAsync(async, archive, kept, wanted, limits, cancellationToken).ConfigureAwait(false);
    }
}
