namespace SandboxApi.Archives.Tar;

/// <summary>The sentences for archives that are refused.</summary>
internal static class InvalidArchive
{
    /// <summary>What to do about a form of sparse files that is not taken.</summary>
    public const string SparseAdvice = "pack it without --sparse or with --format=posix (GNU tar), or with --no-read-sparse (bsdtar)";

    public static SandboxException NotGzip() =>
        Because("it is not gzip-compressed; make it with 'tar -czf'");

    public static SandboxException Corrupt(Exception? inner = null) =>
        Because("its gzip data is damaged, cut short or followed by something else; make or transfer it again", inner);

    public static SandboxException NotTar(string what) =>
        Because($"{what}; make it with 'tar -czf'");

    public static SandboxException Sparse(string what) =>
        Because($"{what}; {SparseAdvice}");

    public static SandboxException Entry(ReadOnlySpan<byte> path, string what) =>
        Because($"its entry '{ArchivePath.Display(path)}' {what}");

    private static SandboxException Because(string reason, Exception? inner = null) =>
        new(SandboxErrorCode.InvalidArchive, $"The environment archive cannot be used: {reason}.", inner);
}
