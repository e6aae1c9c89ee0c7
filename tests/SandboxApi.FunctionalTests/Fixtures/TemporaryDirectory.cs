namespace SandboxApi.FunctionalTests.Fixtures;

/// <summary>A directory on the host that is removed with all it holds.</summary>
internal sealed class TemporaryDirectory(string? parent = null) : IDisposable
{
    public string Path { get; } = parent is null
        ? Directory.CreateTempSubdirectory("functional-tests-").FullName
        : Directory.CreateDirectory(System.IO.Path.Combine(parent, "functional-tests-" + System.IO.Path.GetRandomFileName())).FullName;

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
