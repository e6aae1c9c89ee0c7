using System.Text;
using SandboxApi.Launcher;
using SandboxApi.Runtime.Root;

namespace SandboxApi.Runtime.Tests.Root;

public sealed class RootPlanTests : IDisposable
{
    private readonly DirectoryInfo _host = Directory.CreateTempSubdirectory("plan-");

    public void Dispose() => _host.Delete(recursive: true);

    [Fact]
    public void What_is_mounted_below_a_directory_is_laid_over_its_overlay_those_above_first()
    {
        foreach (var path in (string[])["usr/local/share", "usr/lib", "usrx/lib"])
            _host.CreateSubdirectory(path);
        File.WriteAllText(At("usr/file"), "");
        var plan = Plan([At("usr/local/share"), "/", At("usr/file"), At("usrx/lib"), At("usr"), At("usr/local"), At("usr/local"), At("usr/gone")]);

        plan.AddBind("usr", At("usr"));

        Entries(plan).ShouldBe(["b usr usr", "b usr/file usr/file", "b usr/local usr/local", "b usr/local/share usr/local/share"]);
    }

    [Fact]
    public void A_mount_is_found_by_way_of_a_link()
    {
        _host.CreateSubdirectory("real/below");
        File.CreateSymbolicLink(At("link"), At("real"));
        var plan = Plan([At("real/below")]);

        plan.AddOver("usr/tool", At("link"));

        Entries(plan).ShouldBe(["b usr/tool link", "b usr/tool/below real/below"]);
    }

    [Fact]
    public void Directories_without_overlays_bring_their_mounts_along()
    {
        _host.CreateSubdirectory("usr/local");
        var plan = Plan([]);

        plan.AddBind("usr", At("usr"));
        plan.AddLiveBind("libs", At("usr/local"));

        Entries(plan).ShouldBe(["b usr usr", "v libs usr/local"]);
    }

    private static RootPlan Plan(string[] mounts) => new() { Network = NetworkMode.Loopback, Tree = new RootTree(), MountPoints = mounts };

    private string At(string path) => Path.Combine(_host.FullName, path);

    /// <summary>Kind, place and source of each entry but the directories that it makes.</summary>
    private string[] Entries(RootPlan plan)
    {
        var entries = new List<string>();
        for (var rest = plan.Bytes; !rest.IsEmpty;)
        {
            var kind = (PlanEntry)rest[0];
            var strings = Encoding.UTF8.GetString(rest[3..]).Split('\0', 3);
            rest = rest[(3 + Encoding.UTF8.GetByteCount(strings[0]) + 1 + Encoding.UTF8.GetByteCount(strings[1]) + 1)..];
            if (kind != PlanEntry.Directory)
                entries.Add($"{(char)kind} {strings[0]} {Path.GetRelativePath(_host.FullName, strings[1])}");
        }

        return [.. entries];
    }
}
