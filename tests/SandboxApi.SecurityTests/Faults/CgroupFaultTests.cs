using System.Diagnostics;
using System.Text.RegularExpressions;
using SandboxApi.FunctionalTests.Fixtures;
using SandboxApi.SecurityTests.Fixtures;
using SandboxApi.SecurityTests.Matrix;

namespace SandboxApi.SecurityTests.Faults;

/// <summary>Somebody on the host meddles with a slot's cgroup, or with the files that tell instances apart.</summary>
[Attack(86)]
public sealed partial class CgroupFaultTests(Arena arena) : FaultTests(arena)
{
    private const string Freezer = "/sys/fs/cgroup/freezer";

    [Fact(Timeout = Long)]
    public async Task A_frozen_sandbox_ends_its_run_in_time_and_its_slot_comes_back_when_it_thaws()
    {
        Assert.SkipUnless(TestHost.IsRoot && Directory.Exists(Freezer), "only the freezer of cgroup version 1, as root, keeps a killed process from ending");
        await using var two = await FaultySandbox.StartAsync(2, options => options.RunTimeout = Within(2));
        var marker = Marker();
        var watch = Stopwatch.StartNew();
        var run = two.Local.ExecuteAsync(ExecutionConfig.Of($"sleep {marker}", "echo never"), null, Cancel);
        await EventuallyAsync(() => Task.FromResult(Sleepers(marker) == 1), "the run is under way");
        var sleeper = HostState.Processes("sleep\0" + marker)[0];
        var frozen = Directory.CreateDirectory(Path.Combine(Freezer, $"fault-{Environment.ProcessId}")).FullName;
        try
        {
            foreach (var pid in new[] { HostState.InitOf(sleeper), sleeper })
                await File.WriteAllTextAsync(frozen + "/cgroup.procs", $"{pid}", Cancel);
            await File.WriteAllTextAsync(frozen + "/freezer.state", "FROZEN", Cancel);

            var result = await run;

            watch.Elapsed.ShouldBeLessThan(AtMost(2 + 4));
            result.Status.ShouldBe((int)ExecutionStatus.Timeout);
            result.Execution.ShouldHaveSingleItem().Verdict.ShouldBe(Verdict.Timeout);
            (await RunAsync(two.Local, ExecutionConfig.Of("echo undisturbed"))).Execution[0].Stdout.ShouldBe("undisturbed");

            // The slot is given up on for the time being, and taken up again.
            await Task.Delay(Within(5), Cancel);
            Sleepers(marker).ShouldBe(1);
        }
        finally
        {
            await File.WriteAllTextAsync(frozen + "/freezer.state", "THAWED", CancellationToken.None);
        }

        FaultEnds();
        await WholeAsync(two.Local, 2);
        await EventuallyAsync(() => Task.FromResult(Sleepers(marker) == 0), "what was frozen has ended");
        Directory.Delete(frozen);
    }

    [Theory(Timeout = Long)]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_cgroup_taken_from_under_a_sandbox_is_one_clear_error_and_is_made_anew(bool limited)
    {
        TestHost.Needs("memory");
        var others = HostState.Cgroups();
        await using var one = await FaultySandbox.StartAsync(1, options =>
        {
            options.CpuTimeLimit = limited ? TimeSpan.FromSeconds(30) : null;
            options.CpuQuota = limited ? 100_000 : 0;
        });
        var slots = HostState.Cgroups().Except(others).Select(cgroup => Path.Combine(cgroup.Directory, "slot-0")).ToList();
        Assert.SkipUnless(TestHost.IsRoot, "processes cannot be moved to where this user may not write");
        var marker = Marker();
        var runs = await LoadAsync(one.Local, 1, marker);

        foreach (var slot in slots)
        {
            // On version 2 the cgroup above holds no processes; beside the slot they may be.
            var aside = Directory.CreateDirectory(Path.Combine(Path.GetDirectoryName(slot)!, "aside")).FullName;
            // A new cgroup of processors has none, and takes no process before it has.
            foreach (var name in new[] { "cpuset.cpus", "cpuset.mems" }.Where(name => File.Exists($"{slot}/{name}")))
                await File.WriteAllTextAsync($"{aside}/{name}", await File.ReadAllTextAsync($"{slot}/{name}", Cancel), Cancel);
            foreach (var pid in await File.ReadAllLinesAsync(slot + "/cgroup.procs", Cancel))
                await File.WriteAllTextAsync(aside + "/cgroup.procs", pid, Cancel);
            await EventuallyAsync(() => Task.FromResult(TryRemove(slot)), "the cgroup is removed");
        }

        foreach (var sleeper in HostState.Processes("sleep\0" + marker))
            Signals.TryKill(sleeper);

        await HitAsync(runs[0]);
        FaultEnds();
        await WholeAsync(one.Local, 1);
        slots.ShouldAllBe(slot => Directory.Exists(slot));
    }

    [Fact(Timeout = Long)]
    public async Task An_instance_whose_lock_file_was_removed_keeps_its_number()
    {
        var others = Locks();
        await using var first = await FaultySandbox.StartAsync(1);
        File.Delete(Locks().Except(others).ShouldHaveSingleItem());

        await using (var second = await FaultySandbox.StartAsync(1))
        {
            if (TestHost.IsRoot)
                (await MapAsync(first)).ShouldNotBe(await MapAsync(second), "host ids");
        }

        // What the first needs to make sandboxes is still there after the second has ended.
        Signals.Kill(first.Launcher);
        FaultEnds();
        await WholeAsync(first.Local, 1);
    }

    private static async Task<string> MapAsync(FaultySandbox sandbox) =>
        (await RunAsync(sandbox.Local, ExecutionConfig.Of("cat /proc/self/uid_map"))).Execution[0].Stdout;

    /// <summary>The lock files that this program holds.</summary>
    private static List<string> Locks() =>
        [.. Directory.GetFiles("/proc/self/fd").Select(fd => new FileInfo(fd).LinkTarget).OfType<string>().Where(path => LockFile().IsMatch(path))];

    private static bool TryRemove(string cgroup)
    {
        try
        {
            Directory.Delete(cgroup);
            return true;
        }
        catch (IOException)
        {
            // Its processes are still on their way out.
            return false;
        }
    }

    [GeneratedRegex(@"/instance-\d+\.lock$")]
    private static partial Regex LockFile();
}
