using Microsoft.AspNetCore.Http;
using SandboxApi.Client.Tests.Servers;

namespace SandboxApi.Client.Tests;

/// <summary>What the whole process allocates is counted: nothing else may run meanwhile.</summary>
[Collection(nameof(UploadMemoryTests))]
[CollectionDefinition(nameof(UploadMemoryTests), DisableParallelization = true)]
public sealed class UploadMemoryTests
{
    [Theory(Timeout = 60_000)]
    [InlineData(true, true)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(false, false)]
    public async Task An_environment_of_200_megabytes_does_not_grow_memory(bool async, bool seekable)
    {
        const long Size = 200L << 20;
        long received = 0;
        await using var server = await FakeServer.StartAsync(async context =>
        {
            var buffer = new byte[65_536];
            while (await context.Request.Body.ReadAsync(buffer) is > 0 and var read)
                received += read;
            await context.Response.WriteAsync(FakeServer.Result);
        });
        using var client = new SandboxClient(server.Url);
        using var environment = new GeneratedStream(Size, seekable);
        var before = GC.GetTotalAllocatedBytes(precise: true);

        await client.Execute(async, ExecutionConfig.Of("true"), environment);

        received.ShouldBeGreaterThan(Size);

        // The server allocates in the same process; whoever held the environment in memory would need all of its size.
        (GC.GetTotalAllocatedBytes(precise: true) - before).ShouldBeLessThan(Size / 4);
    }
}
