using Microsoft.Extensions.Logging;
using SandboxApi.Server.Authentication;

namespace SandboxApi.Server.Configuration;

/// <summary>Every setting of <c>sandbox serve</c>, in the order in which people read of them.</summary>
internal static class ServeSettingsTable
{
    private static readonly TimeSpan s_more = TimeSpan.FromTicks(1);
    private static readonly TimeSpan s_day = TimeSpan.FromDays(1);

    internal static IReadOnlyList<Setting> Server { get; } =
    [
        Setting.List("Urls", "Where to listen; an address that other machines reach needs an API key.", "http://, an IP address, localhost or * (all interfaces), and a port, as in http://127.0.0.1:7000 (https needs a reverse proxy; a host name is none of these)",
            "http://127.0.0.1:7000", s => s.Server.Urls, text => ListenAddress.TryParse(text, out _, out _) ? text : null),
        Setting.Text("ApiKey", "Key that clients send as `Authorization: Bearer KEY`. On a command line other users of the machine can read it: prefer the variable or the file.",
            ApiKeyText, null, (s, v) => s.Server.ApiKey = v, secret: true, ApiKeys.IsKey),
        Setting.Text("ApiKeySecondary", "A second key that is as good as the first, so that keys can be changed one after the other.",
            ApiKeyText, null, (s, v) => s.Server.ApiKeySecondary = v, secret: true, ApiKeys.IsKey),
        Setting.Labelled("ApiKeys", "Further keys, by the labels under which the log tells whose key a run used.",
            $"LABEL=KEY (in a file also {{\"LABEL\": \"KEY\"}}), each label once, of {ApiKeys.LabelText}; the key of {ApiKeyText}", ApiKeys.IsLabel, ApiKeys.IsKey, s => s.Server.ApiKeys),
        Setting.Flag("AllowPublicWithoutKey", "Listen at an address that other machines reach although there is no API key.", (s, v) => s.Server.AllowPublicWithoutKey = v),
        Setting.List("AllowedOrigins", "Web pages that may call a server without a key, and read the answers of any; those of its own origin always may.", WebPageGuard.OriginText, "none", s => s.Server.AllowedOrigins, text => WebPageGuard.IsOrigin(text) ? text : null),
        Setting.List("AllowedHosts", "Names by which a server without a key may be called; IP addresses and `localhost` always may.", WebPageGuard.HostText, "none, or any if it listens at a public address", s => s.Server.AllowedHosts, text => WebPageGuard.IsHostName(text) ? text : null),
        Setting.Choice("ListEnvironments", "Who may list the stored environments (`GET /environments/`): whoever has an API key, everybody, or nobody. Who knows an id needs no list.", s => s.Server.ListEnvironments, (s, v) => s.Server.ListEnvironments = v, ListingAccess.Keys, ListingAccess.All, ListingAccess.None),
        Setting.Size("MaxArchiveSize", "Largest environment archive of a request, compressed.", 0, 1L << 40, s => s.Server.MaxArchiveSize, (s, v) => s.Server.MaxArchiveSize = v),
        Setting.Size("MaxConfigSize", "Largest config of a request.", 1 << 10, 256 << 20, s => s.Server.MaxConfigSize, (s, v) => s.Server.MaxConfigSize = v),
        Setting.Count("MaxConnections", "Connections open at one time; a further one takes the place of one that is idle, or is closed when none is.", 1, 1_000_000, s => s.Server.MaxConnections, (s, v) => s.Server.MaxConnections = v),
        Setting.Count("MaxUploads", "Requests with a body above 64 KiB, or of unknown size, handled at one time; a further one takes the place of a body that comes below 16 KiB/s, or is answered 503 when none does.", 1, 100_000, s => s.Server.MaxUploads, (s, v) => s.Server.MaxUploads = (int)v),
        Setting.Size("UnreadAnswersLimit", "What answers hold of memory until their clients have taken them, all together; beyond, those that are taken most slowly are cut off.", 1 << 20, 1L << 40, s => s.Server.UnreadAnswersLimit, (s, v) => s.Server.UnreadAnswersLimit = v),
        Setting.Time("HeadersTimeout", "How long a client may take to send a request's headers.", s_more, TimeSpan.FromHours(1), s => s.Server.HeadersTimeout, (s, v) => s.Server.HeadersTimeout = v!.Value),
        Setting.Time("KeepAliveTimeout", "How long an idle connection is kept.", s_more, s_day, s => s.Server.KeepAliveTimeout, (s, v) => s.Server.KeepAliveTimeout = v!.Value),
        Setting.Size("MinDataRate", "Slowest a client may send a body or read an answer, per second, after the first 5 s; 0 for no limit.", 0, 1L << 30, s => s.Server.MinDataRate, (s, v) => s.Server.MinDataRate = v),
        Setting.Time("StopGrace", "How long runs under way may go on after the server is told to stop.", TimeSpan.Zero, s_day, s => s.Server.StopGrace, (s, v) => s.Server.StopGrace = v!.Value),
        Setting.Text("SpoolDirectory", "Where a request's archive is kept, without a name, until its run has ended.", "a directory", "`spool` in the data directory", (s, v) => s.Server.SpoolDirectory = v),
        Setting.Choice("LogFormat", "How log lines are written.", s => s.LogFormat, (s, v) => s.LogFormat = v, LogFormat.Text, LogFormat.Json),
        Setting.Choice("LogLevel", "The least important log lines that are written; runs are logged as information.", s => s.LogLevel, (s, v) => s.LogLevel = v, LogLevel.Debug, LogLevel.Information, LogLevel.Warning, LogLevel.Error),
    ];

    internal static IReadOnlyList<Setting> Sandbox { get; } =
    [
        Setting.Count("PoolSize", "Sandboxes that run at one time; as many are kept ready.", 1, 1000, s => s.Sandbox.PoolSize, (s, v) => s.Sandbox.PoolSize = (int)v),
        Setting.Time("QueueTimeout", "How long a run waits for a free sandbox.", TimeSpan.Zero, TimeSpan.MaxValue, s => s.Sandbox.QueueTimeout, (s, v) => s.Sandbox.QueueTimeout = v!.Value),
        Setting.Time("RunTimeout", "Wall-clock time that all commands of a run share; as much again for laying out its environment, and for collecting what it left.", s_more, s_day, s => s.Sandbox.RunTimeout, (s, v) => s.Sandbox.RunTimeout = v!.Value),
        Setting.Time("CpuTimeLimit", "CPU time of a command, all its processes together.", s_more, TimeSpan.MaxValue, s => s.Sandbox.CpuTimeLimit, (s, v) => s.Sandbox.CpuTimeLimit = v, optional: true),
        Setting.Size("MemoryLimit", "Memory of a sandbox, processes and files together.", 16 << 20, long.MaxValue, s => s.Sandbox.MemoryLimit, (s, v) => s.Sandbox.MemoryLimit = v),
        Setting.Size("SwapLimit", "Swap a sandbox may use beside its memory.", 0, long.MaxValue, s => s.Sandbox.SwapLimit, (s, v) => s.Sandbox.SwapLimit = v, "for no limit"),
        Setting.Size("StorageLimit", "Writable storage of a sandbox: home, /tmp and /dev/shm together.", 64 << 10, long.MaxValue, s => s.Sandbox.StorageLimit, (s, v) => s.Sandbox.StorageLimit = v),
        Setting.Count("StorageInodes", "Files and directories in a sandbox's storage.", 64, long.MaxValue, s => s.Sandbox.StorageInodes, (s, v) => s.Sandbox.StorageInodes = v),
        Setting.Count("ProcessLimit", "Processes and threads of a sandbox at one time.", 8, long.MaxValue, s => s.Sandbox.ProcessLimit, (s, v) => s.Sandbox.ProcessLimit = v, "for no limit"),
        Setting.Size("OutputLimit", "What is kept of each stream of a command.", 0, 1 << 30, s => s.Sandbox.OutputLimit, (s, v) => s.Sandbox.OutputLimit = v),
        Setting.Size("RunOutputLimit", "What is kept of all output of a run; further commands' is thrown away.", 0, 4L << 30, s => s.Sandbox.RunOutputLimit, (s, v) => s.Sandbox.RunOutputLimit = v),
        Setting.Count("CommandLimit", "Commands of a run; a config with more is refused.", 1, 100_000, s => s.Sandbox.CommandLimit, (s, v) => s.Sandbox.CommandLimit = (int)v),
        Setting.Time("OutputGrace", "How long after its shell's end the output of a command may be silent while a process left behind holds it open; eight times as long while it is not silent.", TimeSpan.Zero, TimeSpan.FromSeconds(10), s => s.Sandbox.OutputGrace, (s, v) => s.Sandbox.OutputGrace = v!.Value),
        Setting.Size("FileSizeLimit", "Size of any one file a command writes.", 0, long.MaxValue, s => s.Sandbox.FileSizeLimit, (s, v) => s.Sandbox.FileSizeLimit = v, "for no limit beside the storage"),
        Setting.Size("ResultLimit", "The largest result file that is returned.", 0, 1 << 30, s => s.Sandbox.ResultLimit, (s, v) => s.Sandbox.ResultLimit = v),
        Setting.Count("OpenFilesLimit", "Open files of a process.", 16, long.MaxValue, s => s.Sandbox.OpenFilesLimit, (s, v) => s.Sandbox.OpenFilesLimit = v),
        Setting.Size("CoreLimit", "Size of a core dump; 0 for none.", 0, long.MaxValue, s => s.Sandbox.CoreLimit, (s, v) => s.Sandbox.CoreLimit = v),
        Setting.Text("CpuSet", "Logical processors a sandbox may use.", "processor numbers and ranges such as 0-1,3", "all", (s, v) => s.Sandbox.CpuSet = v, check: text => text.All(c => char.IsAsciiDigit(c) || c is ',' or '-')),
        Setting.Count("CpuPeriod", "The scheduling period in microseconds.", 1_000, 1_000_000, s => s.Sandbox.CpuPeriod, (s, v) => s.Sandbox.CpuPeriod = v),
        Setting.Count("CpuQuota", "Microseconds of processor time per period.", 1_000, long.MaxValue, s => s.Sandbox.CpuQuota, (s, v) => s.Sandbox.CpuQuota = v, "for no limit", 0),
        Setting.Count("CpuShares", "A sandbox's weight against others.", 2, 262_144, s => s.Sandbox.CpuShares, (s, v) => s.Sandbox.CpuShares = v),
        Setting.Rates("ReadIops", "Read operations per second by block device.", false, s => s.Sandbox.ReadIops),
        Setting.Rates("ReadBps", "Bytes read per second by block device.", true, s => s.Sandbox.ReadBps),
        Setting.Rates("WriteIops", "Write operations per second by block device.", false, s => s.Sandbox.WriteIops),
        Setting.Rates("WriteBps", "Bytes written per second by block device.", true, s => s.Sandbox.WriteBps),
        Setting.Choice("Network", "The network a sandbox sees; `host` is all of the host's and waives the protection.", s => s.Sandbox.Network, (s, v) => s.Sandbox.Network = v, NetworkMode.Loopback, NetworkMode.Host),
        Setting.Text("RootFs", "The directory that is a sandbox's root, read-only: a debootstrap tree, an unpacked image.", "an absolute path", "a view of the host's own programs", (s, v) => s.Sandbox.RootFs = v, check: Path.IsPathRooted),
        Setting.Flag("SeparateRoots", "Gives each sandbox a root of its own, made of overlays: what programs can do to files that they only read, such as to lock or watch them, then tells nothing to others. Costs a run some 3 % of processor time.", (s, v) => s.Sandbox.SeparateRoots = v),
        Setting.List("ReadOnlyPaths", "Further files and directories of the host that a sandbox sees as they are, read-only, at the same path.", "an absolute path", "none", s => s.Sandbox.ReadOnlyPaths, text => Path.IsPathRooted(text) ? text : null),
        Setting.Variables("Environ", "A variable of every command, over the sandbox's own; those of a run's config come over it. Every program inside can read it: no place for secrets.", s => s.Sandbox.Environ),
        Setting.Text("Locale", "The locale of every command (LANG and LC_ALL).", "the name of a locale that the sandboxes' root has, as `locale -a` lists them", new LocalSandboxOptions().Locale, (s, v) => s.Sandbox.Locale = v!, check: text => text.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-' or '@')),
        Setting.Text("DataDirectory", "Where stored environments and cloned libraries lie.", "a directory", "`/var/lib/sandbox-api` as root, else `~/.local/state/sandbox-api`", (s, v) => s.Sandbox.DataDirectory = v),
        Setting.Time("EnvironmentExpiry", "How long a stored environment is kept.", s_more, TimeSpan.MaxValue, s => s.Sandbox.EnvironmentExpiry, (s, v) => s.Sandbox.EnvironmentExpiry = v!.Value),
        Setting.Time("SweepInterval", "How often expired environments are looked for.", TimeSpan.FromSeconds(1), TimeSpan.MaxValue, s => s.Sandbox.SweepInterval, (s, v) => s.Sandbox.SweepInterval = v!.Value),
        Setting.Size("EnvironmentLimit", "The largest environment, unpacked.", 1, long.MaxValue, s => s.Sandbox.EnvironmentLimit, (s, v) => s.Sandbox.EnvironmentLimit = v),
        Setting.List("Libraries", "Git repositories that appear in every sandbox at /utils/libs/ALIAS.", "URL=ALIAS (in a file also {\"url\": URL, \"alias\": ALIAS}), the alias of letters, digits, '.', '_' and '-', not starting with '.' or '-'", "none", s => s.Sandbox.Libraries, ParseLibrary),
        Setting.Time("LibrariesRefresh", "How often the git repositories are refreshed.", TimeSpan.FromSeconds(10), TimeSpan.MaxValue, s => s.Sandbox.LibrariesRefresh, (s, v) => s.Sandbox.LibrariesRefresh = v!.Value),
        Setting.List("Waive", "Protections that may be absent; `sandbox doctor` names them.", "the name of a protection", "none", s => s.Sandbox.Waive, text => text.Length > 0 && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_') ? text : null),
    ];

    internal static IReadOnlyList<Setting> All { get; } = [.. Server, .. Sandbox];

    private const string ApiKeyText = "visible ASCII characters without spaces";

    /// <summary>Splits at the last <c>=</c>: a URL may hold some, an alias cannot.</summary>
    private static GitLibrary? ParseLibrary(string text)
    {
        var split = text.LastIndexOf('=');
        if (split < 1)
            return null;
        var alias = text[(split + 1)..];
        return alias.Length > 0 && alias[0] is not ('.' or '-') && alias.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-') ? new GitLibrary(text[..split], alias) : null;
    }
}
