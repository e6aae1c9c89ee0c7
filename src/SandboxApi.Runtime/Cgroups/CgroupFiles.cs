namespace SandboxApi.Runtime.Cgroups;

/// <summary>Files of cgroups that are kept open together.</summary>
internal sealed class CgroupFiles : IDisposable
{
    private readonly List<CgroupFile> _files = [];

    /// <summary>To hand on, while this is not disposed of.</summary>
    internal int[] Descriptors => [.. _files.Select(f => f.Descriptor)];

    internal CgroupFile Keep(CgroupFile file)
    {
        _files.Add(file);
        return file;
    }

    internal CgroupFile? KeepIfThere(string path) => File.Exists(path) ? Keep(CgroupFile.ForReading(path)) : null;

    public void Dispose()
    {
        foreach (var file in _files)
            file.Dispose();
    }
}
