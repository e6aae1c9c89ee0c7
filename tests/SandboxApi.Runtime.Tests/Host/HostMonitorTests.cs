using Microsoft.Extensions.Time.Testing;
using SandboxApi.Runtime.Host;

namespace SandboxApi.Runtime.Tests.Host;

public sealed class HostMonitorTests : IDisposable
{
    private static readonly TimeSpan SecondSample = TimeSpan.FromMilliseconds(250);

    private readonly HostTree _host = new HostTree().PutServer();
    private readonly FakeTimeProvider _time = new();

    public void Dispose() => _host.Dispose();

    [Fact]
    public async Task Answers_at_once_with_levels_and_without_rates()
    {
        await using var monitor = Start();

        var usage = monitor.Sample(3);

        usage.Container.ShouldBe(3);
        usage.Process.ShouldBe(2);
        usage.Cpu.Usage.ShouldBe(0);
        usage.Cpu.UsageAvg.ShouldBe([0.25, 0.5, 0.125]);
        usage.Cpu.Frequency.ShouldBe(1150.5);
        usage.Memory.Ram.ShouldBe(400_000L * 1024);
        usage.Memory.Swap.ShouldBe(50_000L * 1024);
        usage.Io.ReadBps.Values.ShouldAllBe(v => v == 0);
        usage.Network.ReceivedBytes.ShouldBe(0);
    }

    [Fact]
    public async Task Tells_rates_per_second_between_the_two_latest_samples()
    {
        await using var monitor = Start();
        _time.Advance(SecondSample);
        _host.PutCounters(scale: 2);
        _time.Advance(HostMonitor.Interval);

        var usage = monitor.Sample(0);

        usage.Cpu.Usage.ShouldBe(0.375, 1e-9, "75 of 200 ticks a second were neither idle nor waiting for a disk");
        usage.Cpu.Frequency.ShouldBe(1150.5);
    }

    [Fact]
    public async Task Names_disks_as_the_storage_does()
    {
        await using var monitor = Start();
        _time.Advance(SecondSample);
        _host.PutCounters(scale: 2);
        _time.Advance(HostMonitor.Interval);

        var io = monitor.Sample(0).Io;

        io.ReadIops.ShouldBe(new Dictionary<string, long> { ["/dev/mapper/vg-data"] = 0, ["/dev/sda"] = 10, ["/dev/sda1"] = 10 }, ignoreOrder: true);
        io.ReadBps["/dev/sda1"].ShouldBe(20 * 512);
        io.WriteIops["/dev/sda1"].ShouldBe(30);
        io.WriteBps["/dev/sda1"].ShouldBe(40 * 512);
    }

    [Fact]
    public async Task Sums_the_traffic_of_all_interfaces_but_loopback()
    {
        await using var monitor = Start();
        _time.Advance(SecondSample);
        _host.PutCounters(scale: 2);
        _time.Advance(HostMonitor.Interval);

        monitor.Sample(0).Network.ShouldBe(new NetworkUsage { ReceivedBytes = 1100, ReceivedPackets = 11, SentBytes = 2200, SentPackets = 22 });
    }

    [Fact]
    public async Task Tells_zero_for_counters_that_went_back()
    {
        _host.PutCounters(scale: 50);
        await using var monitor = Start();
        _host.PutCounters(scale: 0);
        _time.Advance(SecondSample);

        var usage = monitor.Sample(0);

        usage.Cpu.Usage.ShouldBe(0);
        usage.Io.WriteBps.Values.ShouldAllBe(v => v == 0);
        usage.Network.ShouldBe(new NetworkUsage { ReceivedBytes = 0, ReceivedPackets = 0, SentBytes = 0, SentPackets = 0 });
    }

    [Fact]
    public async Task Does_not_count_the_past_of_a_disk_or_interface_that_has_just_appeared()
    {
        await using var monitor = Start();
        _host.Put("/proc/diskstats", "8 80 sdf 1000 0 1000 0 1000 0 1000 0 0 0 0\n");
        _host.Put("/proc/net/dev", "a\nb\n usb0: 1000 10 0 0 0 0 0 0 1000 10 0 0 0 0 0 0\n");
        _time.Advance(SecondSample);

        var usage = monitor.Sample(0);

        usage.Io.ReadIops["/dev/sdf"].ShouldBe(0);
        usage.Network.SentBytes.ShouldBe(0);
    }

    [Fact]
    public async Task Measures_each_mounted_disk_once_and_never_through_a_network_mount()
    {
        var asked = new List<string>();
        await using var monitor = HostMonitor.Start(_time, root: _host.Root, measure: path =>
        {
            asked.Add(path[_host.Root.Length..]);
            return new StorageSpace(1000 + asked.Count, asked.Count);
        });

        asked.ShouldBe(["/", "/srv/data"]);
        monitor.Memory.Storage.ShouldBe(new Dictionary<string, long> { ["/dev/sda1"] = 1001, ["/dev/mapper/vg-data"] = 1002 }, ignoreOrder: true);
        monitor.Sample(0).Memory.Storage.ShouldBe(new Dictionary<string, long> { ["/dev/sda1"] = 1, ["/dev/mapper/vg-data"] = 2 }, ignoreOrder: true);
    }

    [Fact]
    public async Task Keeps_its_last_figures_when_a_sample_fails()
    {
        var fail = false;
        await using var monitor = HostMonitor.Start(_time, root: _host.Root, measure: _ => fail ? throw new InvalidOperationException("no") : new StorageSpace(10, 5));
        fail = true;
        _time.Advance(SecondSample);

        monitor.Sample(0).Memory.Storage["/dev/sda1"].ShouldBe(5);
    }

    [Fact]
    public async Task Describes_the_host()
    {
        await using var monitor = Start();

        var host = monitor.Specifications(null);

        host.Cpu.ShouldBe(new HostCpu { Core = 2, Logical = 4, FreqMin = 1000.5, FreqMax = 1300.5 });
        host.Memory.Ram.ShouldBe(1_000_000L * 1024);
        host.Memory.Swap.ShouldBe(500_000L * 1024);
        host.DockerVersion.ShouldBe("");
        host.SandboxVersion.ShouldBe("3.0.3");
        HostMonitor.EngineVersion.ShouldMatch(@"^\d+\.\d+\.\d+[0-9A-Za-z.-]*$");
    }

    [Fact]
    public async Task Prefers_the_frequencies_of_cpufreq()
    {
        foreach (var (cpu, min, max, now) in ((int, int, int, int)[])[(0, 800_000, 3_000_000, 1_000_000), (1, 900_000, 3_500_000, 2_000_000)])
        {
            _host.Put($"/sys/devices/system/cpu/cpu{cpu}/cpufreq/cpuinfo_min_freq", $"{min}\n")
                .Put($"/sys/devices/system/cpu/cpu{cpu}/cpufreq/cpuinfo_max_freq", $"{max}\n")
                .Put($"/sys/devices/system/cpu/cpu{cpu}/cpufreq/scaling_cur_freq", $"{now}\n");
        }

        _host.PutDirectory("/sys/devices/system/cpu/cpufreq").PutDirectory("/sys/devices/system/cpu/cpuidle");
        await using var monitor = Start();

        monitor.Cpu.FreqMin.ShouldBe(800);
        monitor.Cpu.FreqMax.ShouldBe(3500);
        monitor.Sample(0).Cpu.Frequency.ShouldBe(1500);
    }

    [Fact]
    public async Task Counts_cores_by_their_siblings_where_cpuinfo_does_not_name_them()
    {
        _host.Put("/proc/cpuinfo", "processor\t: 0\nBogoMIPS\t: 50\n\nprocessor\t: 1\n\nprocessor\t: 2\n\nprocessor\t: 3\n");
        for (var i = 0; i < 4; i++)
        {
            _host.Put($"/sys/devices/system/cpu/cpu{i}/topology/thread_siblings_list", i < 2 ? "0-1\n" : "2-3\n");
        }

        await using var monitor = Start();

        monitor.Cpu.ShouldBe(new HostCpu { Core = 2, Logical = 4, FreqMin = 0, FreqMax = 0 });
    }

    [Fact]
    public async Task Gives_zeros_where_proc_is_missing()
    {
        using var empty = new HostTree();
        await using var monitor = HostMonitor.Start(_time, root: empty.Root);

        monitor.Cpu.Core.ShouldBeGreaterThan(0);
        monitor.Memory.Ram.ShouldBe(0);
        monitor.Sample(1).Cpu.UsageAvg.ShouldBe([0, 0, 0]);
    }

    [Fact]
    public async Task Tells_plausible_figures_of_this_host()
    {
        await using var monitor = HostMonitor.Start(_time);
        _time.Advance(SecondSample);

        monitor.Cpu.Core.ShouldBeInRange(1, monitor.Cpu.Logical);
        monitor.Memory.Ram.ShouldBeGreaterThan(64L << 20);
        monitor.Memory.Storage.Values.ShouldAllBe(v => v > 0);
        var usage = monitor.Sample(0);
        usage.Memory.Ram.ShouldBeInRange(1, monitor.Memory.Ram);
        usage.Process.ShouldBeGreaterThan(1);
        usage.Cpu.Usage.ShouldBeInRange(0, 1);
        usage.Memory.Storage.Keys.ShouldBe(monitor.Memory.Storage.Keys, ignoreOrder: true);
        foreach (var (device, used) in usage.Memory.Storage)
        {
            used.ShouldBeInRange(0, monitor.Memory.Storage[device]);
            usage.Io.ReadBps.Keys.ShouldContain(device);
        }
    }

    private HostMonitor Start() => HostMonitor.Start(_time, root: _host.Root, measure: _ => new StorageSpace(1000, 400));
}
