using SandboxApi.Runtime.Cgroups;

namespace SandboxApi.Runtime.Tests.Cgroups;

/// <summary>What is read of memory.stat, as both versions and older kernels write it.</summary>
public sealed class MemoryStatTests
{
    [Fact]
    public void Version_1_is_read() => MemoryStat.Parse(
        "cache 400\nrss 5\nshmem 150\nworkingset_refault_anon 1\nworkingset_refault_file 2\npgmajfault 3\ninactive_file 100\nactive_file 150\nunevictable 7\ntotal_inactive_file 1000\ntotal_pgmajfault 1000\n"u8)
        .ShouldBe(new MemoryStat(250, 0, 3, 3));

    [Fact]
    public void Version_2_is_read() => MemoryStat.Parse(
        "anon 9\nfile 400\nkernel 50\nshmem 150\ninactive_anon 150\ninactive_file 200\nactive_file 50\nslab_reclaimable 40\nslab 45\nworkingset_refault_file 6\npgmajfault 8\n"u8)
        .ShouldBe(new MemoryStat(250, 40, 6, 8));

    [Theory]
    [InlineData("cache 60\nshmem 20\ninactive_file 900\nactive_file 10", 40)]
    [InlineData("file 60\nshmem 20\ninactive_file 900\nactive_file 10", 40)]
    [InlineData("file 900\nshmem 20\ninactive_file 30\nactive_file 10", 40)]
    [InlineData("file 10\nshmem 20\ninactive_file 30\nactive_file 10", 0)]
    public void Memory_of_programs_that_is_listed_with_files_is_no_cache(string text, long pages) =>
        MemoryStat.Parse(System.Text.Encoding.ASCII.GetBytes(text)).FilePages.ShouldBe(pages);

    [Theory]
    [InlineData("", 0)]
    [InlineData("workingset_refault 4", 4)]
    [InlineData("workingset_refault_file", 0)]
    [InlineData("workingset_refault_file x", 0)]
    public void What_is_not_there_is_nothing(string text, long refaults) =>
        MemoryStat.Parse(System.Text.Encoding.ASCII.GetBytes(text)).ShouldBe(new MemoryStat(0, 0, refaults, 0));

    [Fact]
    public void The_peak_less_the_cache_is_what_was_held()
    {
        new MemorySample(30, 100, 25, default).Held.ShouldBe(75);
        new MemorySample(30, null, 25, default).Held.ShouldBe(5);
        new MemorySample(30, 20, 40, default).Held.ShouldBe(0);
    }
}
