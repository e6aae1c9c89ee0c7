using System.Diagnostics;
using System.Text.RegularExpressions;

namespace SandboxApi.Bench.Measuring;

/// <summary>Where all processors spend their time, by perf(1): each sample counts for the first kind of work that its stack shows.</summary>
internal static partial class KernelProfile
{
    /// <summary>Kinds of work: whose threads, and a function of the kernel that does it; null for whatever else those do.</summary>
    private static readonly (string Kind, Regex Who, string[]? Functions)[] s_kinds =
    [
        ("`bash`: the command itself", Command(), null),
        ("launcher, zygote and init: address space copied, faulted in, ended", Init(), ["dup_mmap", "exit_mmap", "exc_page_fault"]),
        ("launcher, zygote and init: mounts made and ended", Init(), ["path_mount", "__x64_sys_mount", "__do_sys_move_mount", "__do_sys_fsconfig", "__do_sys_fsmount", "cleanup_mnt", "namespace_unlock", "put_mnt_ns", "copy_mnt_ns"]),
        ("launcher, zygote and init: other namespaces made and ended", Init(), ["create_new_namespaces", "free_nsproxy", "zap_pid_ns_processes"]),
        ("launcher, zygote and init: system-call filter loaded", Init(), ["do_seccomp"]),
        ("launcher, zygote and init: cgroups entered", Init(), ["cgroup_procs_write", "__cgroup1_procs_write", "cgroup1_procs_write"]),
        ("launcher, zygote and init: init cloned, ended and reaped, the rest", Init(), ["kernel_clone", "do_exit", "do_wait"]),
        ("launcher, zygote and init: command cloned and executed", Init(), ["do_execveat_common", "__x64_sys_execve"]),
        ("launcher, zygote and init: everything else (messages, privileges, limits)", Init(), null),
        ("server", Server(), null),
        ("client", Client(), null),
        ("the kernel's own threads: memory freed after RCU, namespaces ended", Kernel(), null),
        ("everything else on the machine", Anybody(), null),
    ];

    /// <summary>The share of each kind in all time that is not idle; null where there is no perf, or it may not look.</summary>
    /// <param name="directory">For its file.</param>
    /// <param name="time">How long it looks.</param>
    public static async Task<IReadOnlyList<(string Kind, double Share)>?> TakeAsync(string directory, TimeSpan time)
    {
        var file = Path.Combine(directory, "perf.data");
        try
        {
            using var record = Process.Start(new ProcessStartInfo("perf", ["record", "-q", "-a", "-g", "-F", "2500", "-o", file, "sleep", FormattableString.Invariant($"{time.TotalSeconds:0.0}")]) { RedirectStandardError = true })!;
            await record.StandardError.ReadToEndAsync();
            await record.WaitForExitAsync();
            if (record.ExitCode != 0)
                return null;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return null;
        }

        using var script = Process.Start(new ProcessStartInfo("perf", ["script", "-i", file, "-F", "comm,pid,ip,sym"]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var errors = script.StandardError.ReadToEndAsync();
        var counts = await CountAsync(script.StandardOutput);
        await errors;
        await script.WaitForExitAsync();
        var all = counts.Sum();
        return all == 0 ? null : [.. s_kinds.Select((kind, i) => (kind.Kind, counts[i] / (double)all))];
    }

    private static async Task<long[]> CountAsync(StreamReader samples)
    {
        var counts = new long[s_kinds.Length];
        string? who = null;
        var functions = new HashSet<string>();
        while (await samples.ReadLineAsync() is { } line)
        {
            if (line.Length == 0)
            {
                Add();
                continue;
            }

            if (who is null)
                who = Head().Match(line).Groups[1].Value;
            else
                functions.Add(line.Trim().Split(' ', 2) is [_, var symbol] ? symbol.Split('+')[0].Replace(".isra.0", "", StringComparison.Ordinal) : "");
        }

        Add();
        return counts;

        void Add()
        {
            if (who is not null && !who.StartsWith("swapper", StringComparison.Ordinal))
                counts[Array.FindIndex(s_kinds, kind => kind.Who.IsMatch(who) && (kind.Functions is null || functions.Overlaps(kind.Functions)))]++;
            who = null;
            functions.Clear();
        }
    }

    [GeneratedRegex(@"^\s*(.+?)\s+\d+\s*$")]
    private static partial Regex Head();

    [GeneratedRegex("^bash$")]
    private static partial Regex Command();

    // The launcher is started from a file in memory, whose number is its name.
    [GeneratedRegex(@"^\d+$|^sandbox-launche|^memfd:")]
    private static partial Regex Init();

    [GeneratedRegex(@"^\.NET|^sandbox|^Kestrel")]
    private static partial Regex Server();

    [GeneratedRegex("^load$")]
    private static partial Regex Client();

    [GeneratedRegex("^kworker|^ksoftirqd|^rcu_|^kthreadd|^migration|^kdamond|^kcompactd")]
    private static partial Regex Kernel();

    [GeneratedRegex("")]
    private static partial Regex Anybody();
}
