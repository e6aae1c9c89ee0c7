namespace SandboxApi;

/// <summary>How a <see cref="LocalSandbox"/> is set up. The defaults fit a small machine; every value is checked at start.</summary>
public sealed class LocalSandboxOptions
{
    /// <summary>How many sandboxes run at one time, 1 to 1000; as many are kept ready. Default 20.</summary>
    public int PoolSize { get; set; } = 20;

    /// <summary>How long a run waits for a free sandbox, 0 or more. Default 2 s.</summary>
    public TimeSpan QueueTimeout { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>The wall-clock time that all commands of a run share, greater than 0, at most a day. Default 10 s.</summary>
    public TimeSpan RunTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>CPU time of a command, all its processes together, greater than 0; null for no limit beside <see cref="RunTimeout"/>. Default null.</summary>
    public TimeSpan? CpuTimeLimit { get; set; }

    /// <summary>Memory of a sandbox in bytes, processes and files together, at least 16 MiB. Default 256 MiB.</summary>
    public long MemoryLimit { get; set; } = 256L << 20;

    /// <summary>Swap a sandbox may use beside its memory, in bytes; 0 for none, -1 for no limit. Default 0.</summary>
    public long SwapLimit { get; set; }

    /// <summary>Size of a sandbox's writable storage (home, /tmp and /dev/shm together) in bytes, at least 64 KiB. Default 128 MiB.</summary>
    public long StorageLimit { get; set; } = 128L << 20;

    /// <summary>Files and directories in a sandbox's storage, at least 64. Default 100,000.</summary>
    public long StorageInodes { get; set; } = 100_000;

    /// <summary>Processes and threads of a sandbox at one time, at least 8; -1 for no limit. Default 256.</summary>
    public long ProcessLimit { get; set; } = 256;

    /// <summary>Bytes kept of each stream of a command, 0 to 1 GiB. Default 16 MiB.</summary>
    public long OutputLimit { get; set; } = 16L << 20;

    /// <summary>
    /// Bytes kept of all output of a run, 0 to 4 GiB: once so much is kept, what further commands write is counted and thrown away. It is looked at before each command, so one more may
    /// still fill both its streams. Default 64 MiB.
    /// </summary>
    public long RunOutputLimit { get; set; } = 64L << 20;

    /// <summary>Commands of a run, 1 to 100,000. Default 1,000.</summary>
    public int CommandLimit { get; set; } = 1_000;

    /// <summary>
    /// How long after the end of a command's shell its output may be silent while a process that the shell left behind still holds it open, 0 to 10 s; while something
    /// comes it may last eight times as long, but never beyond the command's time. A command that leaves nothing behind does not wait. Default 250 ms.
    /// </summary>
    public TimeSpan OutputGrace { get; set; } = TimeSpan.FromMilliseconds(250);

    /// <summary>Size of any one file a command writes, in bytes; -1 for no limit beside <see cref="StorageLimit"/>. Default -1.</summary>
    public long FileSizeLimit { get; set; } = -1;

    /// <summary>The largest result file that is returned, in bytes, 0 to 1 GiB. Default 16 MiB.</summary>
    public long ResultLimit { get; set; } = 16L << 20;

    /// <summary>Open files of a process, at least 16. Default 1024.</summary>
    public long OpenFilesLimit { get; set; } = 1024;

    /// <summary>Size of a core dump in bytes. Default 0: none.</summary>
    public long CoreLimit { get; set; }

    /// <summary>Logical processors a sandbox may use (<c>0-1,3</c>); null for all. Default null.</summary>
    public string? CpuSet { get; set; }

    /// <summary>The scheduling period in microseconds, 1,000 to 1,000,000. Default 100,000.</summary>
    public long CpuPeriod { get; set; } = 100_000;

    /// <summary>Microseconds of processor time per period, at least 1,000; 0 for no limit. Default 0.</summary>
    public long CpuQuota { get; set; }

    /// <summary>A sandbox's weight against others, 2 to 262,144. Default 1024.</summary>
    public long CpuShares { get; set; } = 1024;

    /// <summary>Read operations per second by block device (<c>/dev/sda</c>); empty for no limit.</summary>
    public IDictionary<string, long> ReadIops { get; } = new Dictionary<string, long>();

    /// <summary>Bytes read per second by block device; empty for no limit.</summary>
    public IDictionary<string, long> ReadBps { get; } = new Dictionary<string, long>();

    /// <summary>Write operations per second by block device; empty for no limit.</summary>
    public IDictionary<string, long> WriteIops { get; } = new Dictionary<string, long>();

    /// <summary>Bytes written per second by block device; empty for no limit.</summary>
    public IDictionary<string, long> WriteBps { get; } = new Dictionary<string, long>();

    /// <summary>The network a sandbox sees. Default: nothing but its own loopback.</summary>
    public NetworkMode Network { get; set; } = NetworkMode.Loopback;

    /// <summary>The directory that is a sandbox's root, read-only (a debootstrap tree, an unpacked image); null for a view of the host's own programs. Default null.</summary>
    public string? RootFs { get; set; }

    /// <summary>
    /// Whether each sandbox has a root of its own, made of overlays, rather than one that all share: locks, inotify and the times of <c>/dev/tty</c> then pass nothing between runs at one time.
    /// It costs a run some 3 % of processor time, and each sandbox a launcher of its own. Default false.
    /// </summary>
    public bool SeparateRoots { get; set; }

    /// <summary>
    /// Further files and directories of the host that a sandbox sees as they are, read-only, at the same path (<c>/opt</c>, <c>/etc/tool.conf</c>); what may hold the host's secrets (<c>/etc/shadow</c>, <c>/etc/ssh</c>) is refused.
    /// Default none.
    /// </summary>
    public IList<string> ReadOnlyPaths { get; } = [];

    /// <summary>
    /// Variables of every command (<c>JAVA_TOOL_OPTIONS</c>), laid over the sandbox's own (<c>PATH</c>, <c>HOME</c>); those of a run's config come over them. At most 64 KiB in all. Default none.
    /// Every program inside can read them: no place for secrets.
    /// </summary>
    public IDictionary<string, string> Environ { get; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>The locale of every command (<c>LANG</c> and <c>LC_ALL</c>), one that the root has: <c>locale -a</c> lists the host's. Default <c>C.UTF-8</c>.</summary>
    public string Locale { get; set; } = "C.UTF-8";

    /// <summary>Where stored environments and cloned libraries lie; null for <c>/var/lib/sandbox-api</c> as root and <c>$XDG_STATE_HOME/sandbox-api</c> (<c>~/.local/state/sandbox-api</c>) else. Default null.</summary>
    public string? DataDirectory { get; set; }

    /// <summary>How long a stored environment is kept, greater than 0. Default 24 h.</summary>
    public TimeSpan EnvironmentExpiry { get; set; } = TimeSpan.FromHours(24);

    /// <summary>How often expired environments are looked for, at least 1 s. Default 1 h.</summary>
    public TimeSpan SweepInterval { get; set; } = TimeSpan.FromHours(1);

    /// <summary>The largest environment, unpacked, in bytes. Default 1 GiB; <see cref="StorageLimit"/> holds as well.</summary>
    public long EnvironmentLimit { get; set; } = 1L << 30;

    /// <summary>Git repositories that appear at <c>/utils/libs</c>. Default none.</summary>
    public IList<GitLibrary> Libraries { get; } = [];

    /// <summary>How often the git repositories are refreshed, at least 10 s. Default 2 h.</summary>
    public TimeSpan LibrariesRefresh { get; set; } = TimeSpan.FromHours(2);

    /// <summary>Protections that may be absent, by name (see <c>sandbox doctor</c>); without this, what cannot be had is a refusal to start. Default none.</summary>
    public IList<string> Waive { get; } = [];

    /// <summary>Whether any limit of a block device is set.</summary>
    internal bool LimitsDevices => ReadBps.Count + ReadIops.Count + WriteBps.Count + WriteIops.Count > 0;

    /// <summary>Whether stored environments are neither read nor kept, so that the data directory is not touched: it need not be there, nor be writable. Default false.</summary>
    internal bool KeepsNothing { get; set; }

    /// <summary>
    /// Whether a run is answered before its sandbox is given back, rather than after it: to kill what is left and to make a successor is then work of later, but a caller
    /// who does more than to send the answer on keeps the sandbox from its next run. Default false.
    /// </summary>
    internal bool AnswersEarly { get; set; }
}
