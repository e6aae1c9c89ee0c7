using System.Diagnostics;
using SandboxApi.Archives.Tar;
using SandboxApi.Runtime.Environments;

namespace SandboxApi.Runtime.Tests.Environments;

/// <summary>Runs alone, since what is allocated is counted for the whole process.</summary>
[CollectionDefinition(nameof(ArchiveMemoryTests), DisableParallelization = true)]
[Collection(nameof(ArchiveMemoryTests))]
public sealed class ArchiveMemoryTests : IDisposable
{
    private const long Size = 300L << 20;

    private static readonly ArchiveLimits Limits = new() { MaxBytes = 1 << 30, MaxEntries = 10 };

    private readonly Workplace _place = new();

    public void Dispose() => _place.Dispose();

    [Fact(Timeout = 120_000)]
    public async Task Three_hundred_megabytes_are_packed_saved_and_unpacked_in_constant_memory()
    {
        var cancel = TestContext.Current.CancellationToken;
        await Workplace.RunAsync(_place.HomePath, $"head -c {Size} /dev/urandom > big");
        await using var store = new EnvironmentStore(new() { Directory = Path.Combine(_place.Top, "store") }, TimeProvider.System, Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance);
        StoredEnvironment stored = default;

        var packing = await AllocatedAsync(async () =>
        {
            await using var environment = store.Begin();
            await EnvironmentPacker.PackAsync(_place.Home, environment.Stream, Limits, shift: null, cancel);
            stored = await environment.CommitAsync(cancel);
        });
        File.Delete(_place.In("big"));
        var unpacking = await AllocatedAsync(async () =>
        {
            await using var archive = store.Open(stored.Id);
            await EnvironmentUnpacker.UnpackAsync(archive, _place.Home, null, Limits, skipsSpecial: false, shift: null, cancel);
        });
        var scanning = await AllocatedAsync(async () =>
        {
            await using var file = await store.OpenFileAsync(stored.Id, "big", cancel);
            await file.CopyToAsync(Stream.Null, cancel);
        });

        new FileInfo(_place.In("big")).Length.ShouldBe(Size);
        TestContext.Current.TestOutputHelper!.WriteLine($"allocated: packing {packing:N0}, unpacking {unpacking:N0}, reading one file {scanning:N0}, working set {Process.GetCurrentProcess().WorkingSet64:N0}");
        // All that was allocated, though most was free again at once; the content passed is ten times as much.
        packing.ShouldBeLessThan(Size / 10);
        unpacking.ShouldBeLessThan(Size / 10);
        scanning.ShouldBeLessThan(Size / 10);
    }

    private static async Task<long> AllocatedAsync(Func<Task> work)
    {
        var before = GC.GetTotalAllocatedBytes(precise: true);
        await work();
        return GC.GetTotalAllocatedBytes(precise: true) - before;
    }
}
