namespace SandboxApi.Archives.Packing;

/// <summary>A name, or the target of a link, that cannot be said in text: its bytes are not UTF-8.</summary>
internal sealed class UnnameableException(string path, string what)
    : IOException($"'{path}' {what}, so it cannot be packed here; rename it, or pack the directory with 'tar -czf' and pass that archive.")
{
    public string Path => path;

    /// <summary>What is wrong with it, as the middle of a sentence.</summary>
    public string What => what;
}
