using BenchmarkDotNet.Attributes;
using SandboxApi.Archives.Tar;
using SandboxApi.Bench.Sections;
using SandboxApi.Runtime.Environments;
using SandboxApi.Runtime.Interop;

namespace SandboxApi.Bench.Micro;

/// <summary>An archive laid into a directory in memory, and made from one.</summary>
[MemoryDiagnoser]
public class ArchiveBenchmarks
{
    private static readonly ArchiveLimits s_limits = new() { MaxBytes = 1L << 30, MaxEntries = 100_000 };

    private string _place = "";
    private string _archive = "";
    private string _full = "";
    private string _into = "";

    [Params("1 file of 1 KB", "1,000 files of 1 KB", "10 files of 1 MB")]
    public string Shape { get; set; } = "";

    [GlobalSetup]
    public async Task SetUpAsync()
    {
        // As the home of a sandbox lies in memory.
        _place = Directory.CreateDirectory($"/dev/shm/sandbox-bench-{Guid.NewGuid():N}").FullName;
        var (files, bytes) = Shape switch { "1 file of 1 KB" => (1, 1_000), "1,000 files of 1 KB" => (1_000, 1_000), _ => (10, 1_000_000) };
        _archive = NoiseArchive.Make(_place, files, bytes);
        _full = Directory.CreateDirectory(Path.Combine(_place, "full")).FullName;
        _into = Path.Combine(_place, "into");
        await UnpackIntoAsync(_full);
    }

    [GlobalCleanup]
    public void CleanUp() => Directory.Delete(_place, recursive: true);

    [IterationSetup(Target = nameof(Unpack))]
    public void MakeRoom() => Directory.CreateDirectory(_into);

    [IterationCleanup(Target = nameof(Unpack))]
    public void Empty() => Directory.Delete(_into, recursive: true);

    [Benchmark(Description = "archive unpacked")]
    public Task Unpack() => UnpackIntoAsync(_into);

    [Benchmark(Description = "archive packed")]
    public async Task Pack()
    {
        using var directory = DirectoryHandle.Open(_full);
        await EnvironmentPacker.PackAsync(directory, Stream.Null, s_limits, shift: null, default);
    }

    private async Task UnpackIntoAsync(string path)
    {
        await using var archive = File.OpenRead(_archive);
        using var directory = DirectoryHandle.Open(path);
        await EnvironmentUnpacker.UnpackAsync(archive, directory, null, s_limits, skipsSpecial: false, shift: null, default);
    }
}
