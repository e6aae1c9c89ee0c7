using System.Text.RegularExpressions;
using SandboxApi.FunctionalTests.Fixtures;
using SandboxApi.SecurityTests.Fixtures;
using SandboxApi.SecurityTests.Matrix;

namespace SandboxApi.SecurityTests.Hosts;

/// <summary>In version 2 it depends on the cgroup a program is started in what it can limit; wherever that is, there are all limits or a refusal that names those missing.</summary>
[Attack(44)]
public sealed class CgroupPlaceTests(Arena arena) : AttackTests(arena)
{
    private const string All = "+cpu +cpuset +io +memory +pids";

    private const string MemoryBomb = "head -c 60M /dev/zero | tail >/dev/null";
    private const string ProcessBomb = "for i in $(seq 40); do sleep 3 & done";

    [Fact(Timeout = Long)]
    public async Task In_the_root_of_the_hierarchy_limits_hold()
    {
        NeedsUnifiedRoot();
        await using var place = new CgroupPlace();
        place.UseRoot();

        await LimitsHoldAsync(place, asVisitor: false);
    }

    [Fact(Timeout = Long)]
    public async Task Beside_other_processes_limits_hold_where_a_cgroup_above_gives_controllers()
    {
        NeedsUnifiedRoot();
        await using var place = new CgroupPlace();
        await place.MakeAsync(All);
        place.AddNeighbour();

        await LimitsHoldAsync(place, asVisitor: false);
    }

    [Fact(Timeout = Long)]
    public async Task An_ordinary_user_alone_in_a_delegated_cgroup_has_limits_that_hold()
    {
        NeedsUnifiedRoot();
        await using var place = new CgroupPlace();
        await place.MakeAsync(All, isDelegated: true);

        await LimitsHoldAsync(place, asVisitor: true);
    }

    [Fact(Timeout = Long)]
    public async Task An_ordinary_user_with_a_process_beside_is_refused()
    {
        NeedsUnifiedRoot();
        await using var place = new CgroupPlace();
        await place.MakeAsync(All, isDelegated: true);
        place.AddNeighbour();

        await IsRefusedAsync(place, "memory, processes, cpu, cpu-time", "other processes (1) are in ");
    }

    [Fact(Timeout = Long)]
    public async Task An_ordinary_user_with_some_controllers_is_refused_for_the_others()
    {
        NeedsUnifiedRoot();
        // What a cgroup on the way to this program gives, the root gives: only below can a controller be kept back.
        await using var place = new CgroupPlace();
        await place.MakeAsync("+memory +pids", isDelegated: true);

        await IsRefusedAsync(place, "cpu", "does not have it");
    }

    [Fact(Timeout = Long)]
    public async Task An_ordinary_user_in_a_cgroup_of_somebody_else_is_refused()
    {
        NeedsUnifiedRoot();
        await using var place = new CgroupPlace();
        await place.MakeAsync(All);

        await IsRefusedAsync(place, "memory, processes, cpu, cpu-time", "is not delegated to this user");
    }

    private static void NeedsUnifiedRoot()
    {
        Assert.SkipUnless(TestHost.IsRoot, "needs root, to make cgroups for others");
        Assert.SkipUnless(File.Exists(CgroupPlace.Hierarchy + "/cgroup.controllers") && File.ReadAllText(CgroupPlace.Hierarchy + "/cgroup.controllers").Contains("memory", StringComparison.Ordinal),
            "needs cgroup version 2 with the controllers");
    }

    private static async Task LimitsHoldAsync(CgroupPlace place, bool asVisitor)
    {
        var before = place.Look().ToList();

        var (_, output) = await place.SandboxAsync(asVisitor, "exec", "--no-stdin", "--json", "--memory", "20MiB", MemoryBomb);
        output.ShouldMatch("\"verdict\": *\"memory\"");
        (_, output) = await place.SandboxAsync(asVisitor, "exec", "--no-stdin", "--json", "--processes", "20", ProcessBomb);
        output.ShouldMatch("\"verdict\": *\"processes\"");

        place.Look().ShouldBe(before, "the place is left as it was found");
    }

    private static async Task IsRefusedAsync(CgroupPlace place, string missing, string reason)
    {
        var before = place.Look().ToList();

        var (code, output) = await place.SandboxAsync(true, "exec", "--no-stdin", "true");
        code.ShouldBe(125, output);
        missing.Split(", ").ShouldAllBe(protection => Regex.IsMatch(output, $@"cannot give every protection: .*\b{protection}[, ]"));
        output.ShouldContain(reason);
        (code, output) = await place.SandboxAsync(true, ["exec", "--no-stdin", .. missing.Split(", ").SelectMany(name => new[] { "--waive", name }), "echo $((2+2))"]);
        (code, output.Trim()).ShouldBe((0, "4"));

        place.Look().ShouldBe(before, "the place is left as it was found");
    }
}
