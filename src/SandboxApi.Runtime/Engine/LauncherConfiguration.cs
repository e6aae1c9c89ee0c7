using System.Runtime.InteropServices;
using System.Text;
using SandboxApi.Launcher;
using SandboxApi.Runtime.Interop;
using SandboxApi.Runtime.Root;
using SandboxApi.Runtime.Seccomp;

namespace SandboxApi.Runtime.Engine;

/// <summary>The first message to a launcher: filters, what of /proc is hidden, cgroups to show, the plan of the root, limits.</summary>
internal static class LauncherConfiguration
{
    /// <summary>
    /// What /proc tells about the host, by names in it; with <see cref="Wire.MayCome"/> before those that a kernel module makes, which can come at any time. Whatever only root may read is guarded
    /// by its mode already, and hidden all the same. Locks of open file descriptions belong to no process, so /proc/locks shows those of the whole host, with their ranges: a channel; so does sys/kernel/pty
    /// the number of pseudo-terminals.
    /// </summary>
    private const string HiddenInProc =
        "acpi\0?asound\0bus\0cmdline\0?config.gz\0diskstats\0driver\0fs\0interrupts\0irq\0kallsyms\0kcore\0key-users\0keys\0"
        + "latency_stats\0locks\0?mdstat\0modules\0partitions\0pressure\0sched_debug\0schedstat\0?scsi\0softirqs\0swaps\0sys/kernel/pty\0sysrq-trigger\0timer_list\0timer_stats\0";

    /// <exception cref="PlatformNotSupportedException">The root has more entries than a message can hold.</exception>
    internal static byte[] Of(RootPlan plan, LocalSandboxOptions options)
    {
        var filter = SeccompFilter.Compile();
        var lastFilter = SeccompFilter.CompileLast();
        var masks = Encoding.ASCII.GetBytes(HiddenInProc);
        var header = new ConfigureMessage
        {
            Type = MessageType.Configure,
            Unprivileged = Processes.IsRoot ? 0u : 1u,
            Uid = Processes.EffectiveUser(),
            Gid = Processes.EffectiveGroup(),
            HostNetwork = plan.Network == NetworkMode.Host ? 1u : 0u,
            SeparateRoot = options.SeparateRoots ? 1u : 0u,
            FilterBytes = (uint)filter.Length,
            LastFilterBytes = (uint)lastFilter.Length,
            MaskBytes = (uint)masks.Length,
            CgroupBytes = (uint)plan.Cgroups.Length,
            PlanBytes = (uint)plan.Bytes.Length,
            TreeBytes = plan.Tree.Length,
            OpenFiles = (ulong)options.OpenFilesLimit,
            CoreBytes = (ulong)options.CoreLimit,
            Terminals = (uint)TerminalBudget.OfThisHost(options.PoolSize),
        };
        byte[] message = [.. MemoryMarshal.AsBytes(new ReadOnlySpan<ConfigureMessage>(in header)), .. filter, .. lastFilter, .. masks, .. plan.Cgroups, .. plan.Bytes];
        return message.Length <= Wire.MaxConfigureBytes
            ? message
            : throw new PlatformNotSupportedException($"The root has too many entries ({message.Length} bytes of plan; {Wire.MaxConfigureBytes} are possible).");
    }
}
