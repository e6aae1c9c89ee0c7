using System.Diagnostics;
using System.Globalization;
using SandboxApi.FunctionalTests.Fixtures;

namespace SandboxApi.FunctionalTests.Isolation;

/// <summary>A program sees the limits of its run where a container shows them, and so do the language runtimes that plan with them.</summary>
public abstract class VisibleCgroupTests(Subject subject) : SandboxTests(subject)
{
    /// <summary>The limit of memory as version 2 alone, a hybrid host and version 1 show it.</summary>
    private const string MemoryLimit = "cat /sys/fs/cgroup/memory.max /sys/fs/cgroup/unified/memory.max /sys/fs/cgroup/memory/memory.limit_in_bytes 2> /dev/null; true";

    private const string MemoryUsage = "cat /sys/fs/cgroup/memory.current /sys/fs/cgroup/unified/memory.current /sys/fs/cgroup/memory/memory.usage_in_bytes 2> /dev/null; true";

    [Fact(Timeout = Minute)]
    public async Task The_limit_of_memory_is_seen_and_that_of_a_command_where_it_is_lower()
    {
        TestHost.Needs("memory");
        var result = await RunAsync(MemoryLimit, new Command(MemoryLimit) { Limits = new Limits { Memory = 64 << 20 } }, MemoryLimit);

        result.Execution.Select(command => command.Stdout).ShouldBe([$"{256 << 20}", $"{64 << 20}", $"{256 << 20}"]);
    }

    [Fact(Timeout = Minute)]
    public async Task What_is_used_is_the_runs_own()
    {
        TestHost.Needs("memory");
        var result = await RunAsync(MemoryUsage, $"head -c 64M /dev/zero > /tmp/taken; {MemoryUsage}");
        var used = result.Execution.Select(command => long.Parse(command.Stdout, CultureInfo.InvariantCulture)).ToList();

        used[0].ShouldBeLessThan(48 << 20);
        (used[1] - used[0]).ShouldBeInRange(60 << 20, 96 << 20);
    }

    [Fact(Timeout = Minute)]
    public async Task Every_hierarchy_is_seen_from_its_own_cgroup_and_read_only()
    {
        TestHost.Needs("memory");
        (await OutputOfAsync("cut -d: -f3 /proc/self/cgroup | sort -u")).ShouldBe("/");
        (await OutputOfAsync("grep -E ' - cgroup2? ' /proc/self/mountinfo | cut -d' ' -f4,6 | sort -u")).ShouldBe("/ ro,nosuid,nodev,noexec,relatime");
        (await OutputOfAsync("grep -E ' - cgroup2? ' /proc/self/mountinfo | cut -d' ' -f5 | grep -vc '^/sys/fs/cgroup'; true")).ShouldBe("0");
    }

    [Fact(Timeout = Minute)]
    public async Task Sys_shows_the_own_cgroups_and_nothing_else() =>

        // Of version 1 a directory for each hierarchy; in none of them another cgroup.
        (await OutputOfAsync("ls -A /sys 2> /dev/null | grep -vx fs; ls -A /sys/fs 2> /dev/null | grep -vx cgroup; find /sys/fs/cgroup -mindepth 2 -type d 2> /dev/null; [ -e /sys/fs/cgroup/cgroup.procs ] && find /sys/fs/cgroup -mindepth 1 -type d; true")).ShouldBe("");

    [Fact(Timeout = Minute)]
    public async Task Counters_that_earlier_runs_of_the_slot_have_moved_cannot_be_read()
    {
        TestHost.Needs("memory");

        (await OutputOfAsync("cd /sys/fs/cgroup; cat */cpuacct.usage */cpuacct.stat */memory.max_usage_in_bytes */memory.failcnt */memory.stat */memory.oom_control */cpu.stat cpu.stat memory.peak memory.stat memory.events memory.pressure cpu.pressure pids.peak pids.events cgroup.events 2> /dev/null; true")).ShouldBe("");
    }

    [Fact(Timeout = Minute)]
    public async Task Cgroups_that_a_slot_gets_anew_are_seen_in_place_of_the_old()
    {
        TestHost.Needs("memory");

        // Not below /tmp, where every sandbox has a directory of its own.
        var host = Directory.CreateDirectory(Path.Combine(AppContext.BaseDirectory, Path.GetRandomFileName()));
        try
        {
            await ReadFromDiskAsync(host.FullName);
        }
        finally
        {
            host.Delete(recursive: true);
        }
    }

    private async Task ReadFromDiskAsync(string host)
    {
        var file = Path.Combine(host, "large");
        await using var dedicated = await Subject.StartAsync(options => options.ReadOnlyPaths.Add(host));
        var mounts = "";
        for (var round = 0; round < 4; round++)
        {
            // What is read from disk stays charged to the slot's cgroups, which are then left.
            await File.WriteAllBytesAsync(file, new byte[16 << 20], Cancel);
            using (var drop = Process.Start(new ProcessStartInfo("dd", [$"if={file}", "iflag=nocache,fullblock", "count=0", "status=none"]))!)
                await drop.WaitForExitAsync(Cancel);
            var result = await RunAsync(dedicated.Sandbox, ExecutionConfig.Of(MemoryLimit, MemoryUsage, "grep -c -E ' - cgroup2? ' /proc/self/mountinfo", $"cat {file} > /dev/null"));

            result.Execution[0].Stdout.ShouldBe($"{256 << 20}");
            long.Parse(result.Execution[1].Stdout, CultureInfo.InvariantCulture).ShouldBeLessThan(14 << 20, "memory of the run before is not counted");
            result.Execution[2].Stdout.ShouldBe(round == 0 ? result.Execution[2].Stdout : mounts);
            mounts = result.Execution[2].Stdout;
        }
    }
}

public sealed class LocalVisibleCgroupTests(Sandboxes sandboxes) : VisibleCgroupTests(sandboxes.Local);

public sealed class RemoteVisibleCgroupTests(Sandboxes sandboxes) : VisibleCgroupTests(sandboxes.Remote);

public sealed class RemoteSyncVisibleCgroupTests(Sandboxes sandboxes) : VisibleCgroupTests(sandboxes.RemoteSync);
