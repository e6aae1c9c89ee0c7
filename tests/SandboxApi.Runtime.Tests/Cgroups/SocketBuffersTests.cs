using SandboxApi.Runtime.Cgroups;

namespace SandboxApi.Runtime.Tests.Cgroups;

public sealed class SocketBuffersTests
{
    [Theory]
    [InlineData(16, 16)]
    [InlineData(32, 16)]
    [InlineData(64, 16)]
    [InlineData(256, 64)]
    [InlineData(4096, 1024)]
    public void Are_a_quarter_of_the_memory_but_not_too_few_to_work_with(long memory, long expected) =>
        SocketBuffers.Most(memory << 20).ShouldBe(expected << 20);

    [Fact]
    public void Are_limited_where_the_kernel_has_a_limit_for_them()
    {
        using var directory = new Host.HostTree();
        SocketBuffers.Limit(directory.Root, 256L << 20);
        Directory.GetFiles(directory.Root).ShouldBeEmpty();

        directory.Put("/memory.kmem.tcp.limit_in_bytes", "9223372036854771712\n");
        SocketBuffers.Limit(directory.Root, 256L << 20);

        File.ReadAllText(directory.At("/memory.kmem.tcp.limit_in_bytes")).ShouldStartWith("67108864");
    }
}
