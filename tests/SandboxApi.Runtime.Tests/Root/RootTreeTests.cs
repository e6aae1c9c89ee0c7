using SandboxApi.Runtime.Root;

namespace SandboxApi.Runtime.Tests.Root;

/// <summary>What the launcher is given to copy into a root.</summary>
public sealed class RootTreeTests
{
    [Fact]
    public void Many_small_files_get_no_further_than_the_launcher_takes()
    {
        using var tree = new RootTree();
        var content = new byte[1000];
        var count = 0;
        for (; count < 100_000 && tree.HasRoom(content.Length); count++)
            tree.AddFile($"etc/f{count}", 0x1A4, 0, content);

        // Once there is no room, there is none whatever was added since without asking.
        for (var i = 0; i < 300; i++)
        {
            tree.AddFile($"etc/g{i}", 0x1A4, 0, content);
            tree.HasRoom(1).ShouldBeFalse();
        }

        count.ShouldBeGreaterThan(40_000);
        tree.HasRoom(0).ShouldBeFalse();
    }
}
