using SandboxApi.Archives.Gzip;

namespace SandboxApi.Archives.Tar;

/// <summary>The sentences for archives that are refused.</summary>
internal static class InvalidArchive
{
    /// <summary>What to do about a form of sparse files that is not taken.</summary>
    public const string SparseAdvice = "pack it without --sparse or with --format=posix (GNU tar), or with --no-read-sparse (bsdtar)";

    public static SandboxException NotTar(string what) =>
        InvalidGzip.Because($"{what}; make it with 'tar -czf'");

    public static SandboxException Sparse(string what) =>
        InvalidGzip.Because($"{what}; {SparseAdvice}");

    public static SandboxException Entry(ReadOnlySpan<byte> path, string what) =>
        InvalidGzip.Because($"its entry '{ArchivePath.Display(path)}' {what}");
}
