using System.Globalization;
using SandboxApi.Runtime.Doctor;
using SandboxApi.Runtime.Tests.Host;

namespace SandboxApi.Runtime.Tests.Doctor;

/// <summary>What the doctor says of numbers that the kernel has once for the whole host.</summary>
public sealed class KernelCountTests : IDisposable
{
    private readonly HostTree _host = new();
    private readonly LocalSandboxOptions _options = new() { PoolSize = 10, MemoryLimit = 192L << 20 };

    public void Dispose() => _host.Dispose();

    [Theory]
    [InlineData("9223372036854775807", FindingStatus.Ok)]
    [InlineData("10495760", FindingStatus.Ok)]
    [InlineData("10495759", FindingStatus.Warning)]
    public void Warns_where_sandboxes_can_take_all_files_of_the_host(string most, FindingStatus expected)
    {
        _host.Put("/proc/sys/fs/file-max", most + "\n");

        Judge("host files", expected, "sysctl -w fs.file-max=10495760");
    }

    [Theory]
    [InlineData(1, 480, FindingStatus.Ok)]
    [InlineData(1, 479, FindingStatus.Warning)]
    [InlineData(2, 1920, FindingStatus.Ok)]
    [InlineData(2, 1919, FindingStatus.Warning)]
    public void Warns_where_sandboxes_can_take_all_memory_for_sockets(int version, long mebibytes, FindingStatus expected)
    {
        PutMemory(version);
        var pages = (mebibytes << 20) / System.Environment.SystemPageSize;
        _host.Put("/proc/sys/net/ipv4/tcp_mem", $"1\t2\t{pages.ToString(CultureInfo.InvariantCulture)}\n");

        Judge("socket memory", expected, "sysctl -w net.ipv4.tcp_mem='");
    }

    [Theory]
    [InlineData("23592960", FindingStatus.Ok)]
    [InlineData("23592959", FindingStatus.Warning)]
    public void Warns_where_sandboxes_can_take_all_memory_for_filters(string most, FindingStatus expected)
    {
        _host.Put("/proc/sys/net/core/bpf_jit_limit", most + "\n");

        Judge("filter memory", expected, "sysctl -w net.core.bpf_jit_limit=23592960");
    }

    [Theory]
    [InlineData("host files")]
    [InlineData("socket memory")]
    [InlineData("filter memory")]
    public void Is_silent_where_the_kernel_does_not_tell(string name) => Judge(name, FindingStatus.Ok, "");

    private void Judge(string name, FindingStatus expected, string fix)
    {
        var finding = new HostExamination(_host.Root, _options, KernelFacts.Gather()).Examine().Single(f => f.Name == name);

        finding.Status.ShouldBe(expected, finding.Detail);
        if (expected == FindingStatus.Ok)
            finding.Fix.ShouldBeNull();
        else
            finding.Fix.ShouldNotBeNull().ShouldStartWith(fix);
    }

    private void PutMemory(int version)
    {
        if (version == 1)
        {
            _host.Put("/proc/self/cgroup", "3:memory:/\n").PutDirectory("/sys/fs/cgroup/memory");
            _host.Put("/proc/self/mountinfo", "33 20 0:1 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n");
            return;
        }

        _host.Put("/proc/self/cgroup", "0::/\n").Put("/sys/fs/cgroup/cgroup.controllers", "memory pids\n");
        _host.Put("/proc/self/mountinfo", "30 20 0:26 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n");
    }
}
