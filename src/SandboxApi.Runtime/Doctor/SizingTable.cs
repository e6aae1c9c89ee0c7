using System.Globalization;
using System.Text;

namespace SandboxApi.Runtime.Doctor;

/// <summary>The most that a server and its sandboxes can need of the host, computed from the settings. docs/sizing.md shows it, and is checked against it.</summary>
internal sealed class SizingTable
{
    /// <summary>
    /// Bytes of the server's memory for each byte of output that it keeps of a run: the bytes, their text, and the answer as JSON, in which a control character takes six; and as much again that was let go of and
    /// not yet collected. 20 were seen, on a host with memory to spare.
    /// </summary>
    private const int BytesOfAnswer = 24;

    /// <summary>The same for each byte of a config's texts, which a run holds to its end, and of a result file. 6 were seen.</summary>
    private const int BytesOfConfig = 8;

    /// <summary>The same for all values of a config, 500,000 at most: 135 MiB were seen.</summary>
    private const long ConfigValues = 160L << 20;

    /// <summary>A server that has not run anything yet; its code and caches.</summary>
    private const long Idle = 128L << 20;

    /// <summary>A sandbox that waits: init, its zygote, and what the kernel has for both.</summary>
    private const long Waiting = 1L << 20;

    /// <summary>What the kernel has for a filter beside its machine code: the program as it was laid, and as it was translated.</summary>
    private const long FilterPrograms = 16 * (64L << 10);

    /// <summary>Record locks that one processor makes in a second, with 200 bytes each: the kernel charges them to nobody.</summary>
    private const long LocksBySecond = 45L << 20;

    private readonly LocalSandboxOptions _options;
    private readonly SizingRequests _requests;

    internal SizingTable(LocalSandboxOptions options, SizingRequests? requests = null)
    {
        _options = options;
        _requests = requests ?? new SizingRequests();
        Rows =
        [
            new("memory of sandboxes", "`pool-size` × (`memory-limit` + `swap-limit`)", Bytes(Sandboxes)),
            new("memory, unpacked environments", "`pool-size` × `storage-limit`, charged to the server", Bytes(options.PoolSize * options.StorageLimit)),
            new("memory of the server, answers", $"`pool-size` × {BytesOfAnswer} × (`run-output-limit` + `output-limit`) + `pool-size` × {BytesOfConfig} × `result-limit`", Bytes(Answers)),
            new("memory of the server, configs", $"`max-uploads` × ({BytesOfConfig} × `max-config-size`, and {Bytes(ConfigValues)} for 500,000 values)", Bytes(Configs)),
            new("memory of the server, idle", $"{Bytes(Idle)}, and {Bytes(Waiting)} for each sandbox that waits", Bytes(Idle + (options.PoolSize * Waiting))),
            new("memory of the kernel, socket buffers", "cgroup v1 only: `pool-size` × (a quarter of `memory-limit`, at least 16 MiB), and 72 KiB for each socket of TCP", Bytes(KernelCountChecks.SocketBuffers(options, 1))),
            new("memory of the kernel, filters", $"`pool-size` × {KernelCountChecks.FiltersOfSandbox} × {ToldSize.Of(KernelCountChecks.BytesOfFilter)} of machine code (`net.core.bpf_jit_limit`), and {Bytes(FilterPrograms)} for each sandbox", Bytes(KernelCountChecks.Filters(options) + (options.PoolSize * FilterPrograms))),
            new("memory of the kernel, record locks", $"processors × `run-timeout` × {Bytes(LocksBySecond)} a second", $"{Bytes((long)(LocksBySecond * options.RunTimeout.TotalSeconds))} for each processor"),
            new("open files of the server", $"{CapacityChecks.FilesOfProgram}, and {CapacityChecks.FilesOfSandbox} for each sandbox (`RLIMIT_NOFILE`)", Count(CapacityChecks.FilesNeeded(options))),
            new("open files of the host", $"`pool-size` × `memory-limit` / {KernelCountChecks.BytesOfFile} bytes (`fs.file-max`)", Count(KernelCountChecks.Files(options))),
            new("processes and threads", "`pool-size` × `process-limit` (`kernel.pid_max`, `kernel.threads-max`), and some 25 of the server", options.ProcessLimit < 0 ? "no limit" : Count(options.PoolSize * options.ProcessLimit)),
            new("disk, archives under way", "`max-uploads` × `max-archive-size`, in `spool-directory`", Bytes(_requests.Uploads * _requests.ArchiveBytes)),
            new("disk, stored environments", "environments saved within `environment-expiry`, each at most the lesser of `environment-limit` and `storage-limit`", $"{Bytes(Math.Min(options.EnvironmentLimit, options.StorageLimit))} for each"),
        ];
    }

    internal IReadOnlyList<SizingRow> Rows { get; }

    /// <summary>The most resident memory of the server's process, in bytes.</summary>
    internal long ServerMemory => Idle + (_options.PoolSize * Waiting) + Answers + Configs;

    private long Sandboxes => _options.PoolSize * (_options.MemoryLimit + Math.Max(0, _options.SwapLimit));

    /// <summary>The last command of a run may fill both streams with what was left to it, and no more than one stream's limit is left then: so one more than the run may keep.</summary>
    private long Answers => _options.PoolSize * ((BytesOfAnswer * (_options.RunOutputLimit + _options.OutputLimit)) + (BytesOfConfig * _options.ResultLimit));

    private long Configs => _requests.Uploads * ((BytesOfConfig * _requests.ConfigBytes) + ConfigValues);

    /// <summary>What <c>sandbox doctor</c> says of it; whether the host has so much, the checks of each resource say.</summary>
    internal static Finding Told(HostExamination host)
    {
        var table = new SizingTable(host.Options);
        return new("sizing", FindingStatus.Ok, $"At most: {Bytes(table.Sandboxes)} of memory for {host.Options.PoolSize} sandboxes, {Bytes(host.Options.PoolSize * host.Options.StorageLimit)} for what is unpacked for them, {Bytes(table.ServerMemory)} for a server that reads the longest configs and answers with the longest output, before its memory is collected (docs/sizing.md).");
    }

    /// <summary>The table in Markdown.</summary>
    internal string Markdown()
    {
        var text = new StringBuilder("| resource | needs at most | with these settings |\n| --- | --- | --- |\n");
        foreach (var row in Rows)
            text.Append(CultureInfo.InvariantCulture, $"| {row.Resource} | {row.Formula} | {row.Value} |\n");
        return text.ToString();
    }

    private static string Count(long number) => number.ToString("#,0", CultureInfo.InvariantCulture);

    private static string Bytes(long bytes) =>
        bytes >= 1L << 30 ? (bytes / (double)(1L << 30)).ToString("0.#", CultureInfo.InvariantCulture) + " GiB" : (bytes / (double)(1L << 20)).ToString("0.#", CultureInfo.InvariantCulture) + " MiB";
}
