namespace SandboxApi.Archives.Gzip;

/// <summary>The sentences for what is no whole gzip stream.</summary>
internal static class InvalidGzip
{
    public static SandboxException NotGzip() =>
        Because("it is not gzip-compressed; make it with 'tar -czf'");

    public static SandboxException Corrupt(Exception? inner = null) =>
        Because("its gzip data is damaged, cut short or followed by something else; make or transfer it again", inner);

    /// <summary>How every refusal of an archive begins.</summary>
    public static SandboxException Because(string reason, Exception? inner = null) =>
        new(SandboxErrorCode.InvalidArchive, $"The environment archive cannot be used: {reason}.", inner);
}
