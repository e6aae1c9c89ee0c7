namespace SandboxApi.FunctionalTests.Fixtures;

/// <summary>A directory on the host that is removed with all it holds.</summary>
internal sealed class TemporaryDirectory : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("functional-tests-").FullName;

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
