using System.Diagnostics;
using SandboxApi.FunctionalTests.Fixtures;

namespace SandboxApi.FunctionalTests.HostFigures;

/// <summary>Specifications, usage and libraries.</summary>
public abstract class HostFigureTests(Subject subject) : SandboxTests(subject)
{
    [Fact(Timeout = Minute)]
    public async Task The_specifications_are_those_of_this_host()
    {
        var host = (await Sandbox.SpecificationsAsync(Cancel)).Host;

        host.Cpu.Logical.ShouldBe(File.ReadLines("/proc/cpuinfo").Count(line => line.StartsWith("processor", StringComparison.Ordinal)));
        host.Cpu.Core.ShouldBeInRange(1, host.Cpu.Logical);
        host.Cpu.FreqMin.ShouldBeGreaterThanOrEqualTo(0);
        host.Cpu.FreqMax.ShouldBeGreaterThanOrEqualTo(host.Cpu.FreqMin);
        host.Memory.Ram.ShouldBe(Meminfo("MemTotal"));
        host.Memory.Swap.ShouldBe(Meminfo("SwapTotal"));
        host.Memory.Storage.ShouldAllBe(device => device.Key.StartsWith("/dev/") && device.Value > 0);
        host.DockerVersion.ShouldBe("");
        Version.Parse(host.SandboxVersion).ShouldBeGreaterThanOrEqualTo(new Version(3, 0), "clients of the original ask for version 3");
    }

    [Fact(Timeout = Minute)]
    public async Task The_specifications_tell_the_engine_and_its_protections()
    {
        var engine = (await Sandbox.SpecificationsAsync(Cancel)).Host.Engine.ShouldNotBeNull();

        engine.Name.ShouldBe("linux");
        Version.TryParse(engine.Version?.Split('-', '+')[0], out _).ShouldBeTrue(engine.Version);
        engine.Protections.ShouldNotBeEmpty();
        engine.Waived.ShouldBeEmpty();
    }

    [Fact(Timeout = Minute)]
    public async Task The_specifications_tell_the_operators_settings()
    {
        await using var set = await Subject.StartAsync(options =>
        {
            options.PoolSize = 2;
            options.MemoryLimit = 96 << 20;
            options.StorageLimit = 24 << 20;
            options.ProcessLimit = 77;
            options.CpuPeriod = 50_000;
            options.CpuQuota = 25_000;
            options.CpuShares = 512;
            options.CpuSet = "0";
            options.OutputLimit = 4321;
            options.RunTimeout = TimeSpan.FromSeconds(7);
        });

        var container = (await set.Sandbox.SpecificationsAsync(Cancel)).Container;

        container.Count.ShouldBe(2);
        (container.Cpu.Count, container.Cpu.Period, container.Cpu.Quota, container.Cpu.Shares).ShouldBe((1, 50_000, 25_000, 512));
        (container.Memory.Ram, container.Memory.Storage).ShouldBe((96 << 20, 24 << 20));
        container.Memory.Swap.ShouldBe(0);
        container.Process.ShouldBe(77);
        container.WorkingDirDevice.ShouldNotBeNullOrEmpty();
        foreach (var rates in new[] { container.Io.ReadIops, container.Io.ReadBps, container.Io.WriteIops, container.Io.WriteBps })
            rates.ShouldBeEmpty();
        var limits = container.Limits.ShouldNotBeNull();
        (limits.WallTime, limits.Memory, limits.Processes, limits.Output).ShouldBe((TimeSpan.FromSeconds(7), 96 << 20, 77, 4321));
    }

    [Fact(Timeout = Minute)]
    public async Task The_settings_of_the_processor_hold_inside()
    {
        await using var set = await Subject.StartAsync(options => (options.CpuSet, options.CpuQuota) = ("0", 20_000));

        (await RunAsync(set.Sandbox, ExecutionConfig.Of("nproc"))).Execution[0].Stdout.ShouldBe("1");
        var burned = (await RunAsync(set.Sandbox, ExecutionConfig.Of(new Command("while :; do :; done") { Timeout = TimeSpan.FromSeconds(2) }))).Execution[0].CpuTime.ShouldNotBeNull();
        burned.ShouldBeInRange(TimeSpan.FromSeconds(0.02), TimeSpan.FromSeconds(1.2));
    }

    [Fact(Timeout = Minute)]
    public async Task Usage_is_told_at_once_and_in_range()
    {
        var watch = Stopwatch.StartNew();
        var usage = await Sandbox.UsageAsync(Cancel);
        for (var more = 0; more < 9; more++)
            usage = await Sandbox.UsageAsync(Cancel);

        // The original server sleeps two seconds for each of the ten; a busy machine may take long for one, but not for all.
        watch.Elapsed.ShouldBeLessThan(TimeSpan.FromSeconds(15));
        usage.Cpu.Usage.ShouldBeInRange(0, 1);
        usage.Cpu.Frequency.ShouldBeGreaterThanOrEqualTo(0);
        usage.Cpu.UsageAvg.Count.ShouldBe(3);
        usage.Cpu.UsageAvg.ShouldAllBe(load => load >= 0 && load < 1000);
        usage.Memory.Ram.ShouldBeInRange(1, Meminfo("MemTotal"));
        usage.Memory.Swap.ShouldBeInRange(0, Meminfo("SwapTotal"));
        usage.Memory.Storage.Keys.ShouldBe((await Sandbox.SpecificationsAsync(Cancel)).Host.Memory.Storage.Keys, ignoreOrder: true);
        usage.Process.ShouldBeGreaterThan(1);
        usage.Io.ReadBps.Keys.ShouldBe(usage.Io.WriteIops.Keys, ignoreOrder: true);
        foreach (var rates in new[] { usage.Io.ReadIops, usage.Io.ReadBps, usage.Io.WriteIops, usage.Io.WriteBps })
            rates.Values.ShouldAllBe(rate => rate >= 0);
        new[] { usage.Network.SentBytes, usage.Network.ReceivedBytes, usage.Network.SentPackets, usage.Network.ReceivedPackets }.ShouldAllBe(rate => rate >= 0);
    }

    [Fact(Timeout = Minute)]
    public async Task Usage_counts_the_sandboxes_in_use()
    {
        await using var two = await Subject.StartAsync(options => options.PoolSize = 2);
        (await two.Sandbox.UsageAsync(Cancel)).Container.ShouldBe(0);
        using var end = new CancellationTokenSource();

        var run = two.Sandbox.ExecuteAsync(ExecutionConfig.Of("sleep 9"), null, end.Token);
        await EventuallyAsync(async () => (await two.Sandbox.UsageAsync(Cancel)).Container == 1, "one sandbox is in use");
        await end.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(() => run);

        await EventuallyAsync(async () => (await two.Sandbox.UsageAsync(Cancel)).Container == 0, "no sandbox is in use");
    }

    [Fact(Timeout = Minute)]
    public async Task Libraries_are_those_inside_the_sandbox()
    {
        var libraries = await Sandbox.LibrariesAsync(Cancel);

        libraries.Bin.ShouldContain("bash");
        libraries.Bin.ShouldContain("env");
        libraries.Bin.ShouldBeUnique();
        var listed = (await OutputOfAsync("for i in bash env python3 perl gcc no-such-program; do type -P $i > /dev/null && echo $i; done; true")).Split('\n');
        libraries.Bin.ShouldBe(libraries.Bin.Union(listed), ignoreOrder: true);
        libraries.Bin.ShouldNotContain("no-such-program");
        var dpkg = await RunOneAsync("dpkg-query -W -f '${Version}' bash");
        if (dpkg.ExitCode == 0)
            libraries.Packages.System["bash"].ShouldBe(dpkg.Stdout);
        foreach (var packages in new[] { libraries.Packages.System, libraries.Packages.Python, libraries.Packages.Perl, libraries.Packages.C })
            packages.ShouldAllBe(package => package.Key.Length > 0 && package.Value != null);
    }

    [Fact(Timeout = Minute)]
    public async Task Libraries_are_asked_for_once()
    {
        var first = await Sandbox.LibrariesAsync(Cancel);
        var watch = Stopwatch.StartNew();
        for (var i = 0; i < 20; i++)
            (await Sandbox.LibrariesAsync(Cancel)).Bin.ShouldBe(first.Bin);

        watch.Elapsed.ShouldBeLessThan(TimeSpan.FromSeconds(5));
    }

    private static long Meminfo(string name) =>
        long.Parse(File.ReadLines("/proc/meminfo").First(line => line.StartsWith(name + ":", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[1]) * 1024;
}

public sealed class LocalHostFigureTests(Sandboxes sandboxes) : HostFigureTests(sandboxes.Local);

public sealed class RemoteHostFigureTests(Sandboxes sandboxes) : HostFigureTests(sandboxes.Remote);

public sealed class RemoteSyncHostFigureTests(Sandboxes sandboxes) : HostFigureTests(sandboxes.RemoteSync);
