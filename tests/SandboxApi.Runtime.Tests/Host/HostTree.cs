namespace SandboxApi.Runtime.Tests.Host;

/// <summary>A directory that stands for a host's root, filled by a test.</summary>
public sealed class HostTree : IDisposable
{
    public HostTree() => Root = Directory.CreateTempSubdirectory("host-tree-").FullName;

    public string Root { get; }

    public string At(string path) => Root + path;

    public HostTree Put(string path, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(At(path))!);
        File.WriteAllText(At(path), text.ReplaceLineEndings("\n"));
        return this;
    }

    public HostTree PutDirectory(string path)
    {
        Directory.CreateDirectory(At(path));
        return this;
    }

    public void Dispose() => Directory.Delete(Root, recursive: true);
}
