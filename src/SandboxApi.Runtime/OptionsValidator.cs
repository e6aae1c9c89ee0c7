using SandboxApi.Runtime.Cgroups;
using SandboxApi.Runtime.Isolation;
using SandboxApi.Runtime.Library;
using SandboxApi.Runtime.Root;
using SandboxApi.Runtime.Running;

namespace SandboxApi.Runtime;

/// <summary>Checks all options at start and tells everything that is wrong at once.</summary>
internal static class OptionsValidator
{
    /// <summary>What is mounted over in every sandbox.</summary>
    private static readonly string[] s_own = ["/tmp/", "/home/student/", "/dev/", "/proc/", "/utils/"];

    /// <summary>What is put together of many parts.</summary>
    private static readonly string[] s_composed = ["etc", "var", "var/lib", "var/cache", "home", "utils"];

    /// <summary>Checks only the protections to be waived: what cannot be waived is not passed over by the doctor.</summary>
    /// <exception cref="ArgumentException">One has no such name.</exception>
    internal static void ValidateWaivers(LocalSandboxOptions options)
    {
        if (options.Waive.FirstOrDefault(name => !Protections.Waivable.Contains(name)) is { } wrong)
            throw new InvalidOptionsException([$"{nameof(options.Waive)} is '{wrong}'; it must be one of {string.Join(", ", Protections.Waivable)}."], nameof(options));
    }

    /// <exception cref="ArgumentException">At least one option is out of range.</exception>
    internal static void Validate(LocalSandboxOptions options)
    {
        var problems = new List<string>();
        void Require(bool holds, string option, object? value, string rule)
        {
            if (!holds)
                problems.Add($"{option} is {value ?? "null"}; it must be {rule}.");
        }

        Require(options.PoolSize is >= 1 and <= 1000, nameof(options.PoolSize), options.PoolSize, "from 1 to 1000");
        Require(options.QueueTimeout >= TimeSpan.Zero && options.QueueTimeout <= TimeSpan.FromDays(1), nameof(options.QueueTimeout), options.QueueTimeout, "from 0 to a day");
        Require(options.RunTimeout > TimeSpan.Zero && options.RunTimeout <= TimeSpan.FromDays(1), nameof(options.RunTimeout), options.RunTimeout, "greater than 0 and at most a day");
        Require(options.CpuTimeLimit is null || options.CpuTimeLimit > TimeSpan.Zero, nameof(options.CpuTimeLimit), options.CpuTimeLimit, "greater than 0, or null");
        Require(options.MemoryLimit >= 16L << 20, nameof(options.MemoryLimit), options.MemoryLimit, "at least 16 MiB (16777216)");
        Require(options.SwapLimit >= -1, nameof(options.SwapLimit), options.SwapLimit, "0 or more, or -1 for no limit");
        Require(options.StorageLimit >= 64 << 10, nameof(options.StorageLimit), options.StorageLimit, "at least 64 KiB (65536)");
        Require(options.StorageInodes >= 64, nameof(options.StorageInodes), options.StorageInodes, "at least 64");
        Require(options.ProcessLimit is -1 or >= 8, nameof(options.ProcessLimit), options.ProcessLimit, "at least 8, or -1 for no limit");
        Require(options.RunOutputLimit is >= 0 and <= 4L << 30, nameof(options.RunOutputLimit), options.RunOutputLimit, "from 0 to 4 GiB (4294967296)");
        Require(options.CommandLimit is >= 1 and <= 100_000, nameof(options.CommandLimit), options.CommandLimit, "from 1 to 100000");
        Require(options.OutputLimit is >= 0 and <= 1L << 30, nameof(options.OutputLimit), options.OutputLimit, "from 0 to 1 GiB (1073741824)");
        Require(options.OutputGrace >= TimeSpan.Zero && options.OutputGrace <= TimeSpan.FromSeconds(10), nameof(options.OutputGrace), options.OutputGrace, "from 0 to 10 s");
        Require(options.FileSizeLimit >= -1, nameof(options.FileSizeLimit), options.FileSizeLimit, "0 or more, or -1 for no limit");
        Require(options.ResultLimit is >= 0 and <= 1L << 30, nameof(options.ResultLimit), options.ResultLimit, "from 0 to 1 GiB (1073741824)");
        Require(options.OpenFilesLimit is >= 16 and <= 1 << 20, nameof(options.OpenFilesLimit), options.OpenFilesLimit, "from 16 to 1048576");
        Require(options.CoreLimit >= 0, nameof(options.CoreLimit), options.CoreLimit, "0 or more");
        Require(options.CpuPeriod is >= 1_000 and <= 1_000_000, nameof(options.CpuPeriod), options.CpuPeriod, "from 1,000 to 1,000,000 microseconds");
        Require(options.CpuQuota is 0 or >= 1_000, nameof(options.CpuQuota), options.CpuQuota, "at least 1,000 microseconds, or 0 for no limit");
        Require(options.CpuShares is >= 2 and <= 262_144, nameof(options.CpuShares), options.CpuShares, "from 2 to 262144");
        Require(options.EnvironmentExpiry > TimeSpan.Zero, nameof(options.EnvironmentExpiry), options.EnvironmentExpiry, "greater than 0");
        Require(options.SweepInterval >= TimeSpan.FromSeconds(1), nameof(options.SweepInterval), options.SweepInterval, "at least 1 s");
        Require(options.EnvironmentLimit >= 1, nameof(options.EnvironmentLimit), options.EnvironmentLimit, "at least 1");
        Require(options.LibrariesRefresh >= TimeSpan.FromSeconds(10), nameof(options.LibrariesRefresh), options.LibrariesRefresh, "at least 10 s");
        Require(options.CpuSet is null || CpuList.IsValid(options.CpuSet), nameof(options.CpuSet), options.CpuSet, "a list of processors such as 0-1,3");
        if (options.CpuSet is not null && CpuList.IsValid(options.CpuSet) && OnlineProcessors() is { } online)
            Require(CpuList.Numbers(options.CpuSet).IsSubsetOf(CpuList.Numbers(online)), nameof(options.CpuSet), options.CpuSet, $"a list of processors of this host, which has {online}");
        Require(Enum.IsDefined(options.Network), nameof(options.Network), options.Network, "Loopback or Host");

        foreach (var (device, limit) in options.ReadBps.Concat(options.ReadIops).Concat(options.WriteBps).Concat(options.WriteIops))
            Require(limit > 0, $"The limit of {device}", limit, "greater than 0");
        foreach (var name in options.Waive)
            Require(Protections.Waivable.Contains(name), nameof(options.Waive), $"'{name}'", "one of " + string.Join(", ", Protections.Waivable));
        foreach (var path in options.ReadOnlyPaths)
        {
            Require(
                Path.IsPathFullyQualified(path) && path.Trim('/').Length > 0 && Path.GetFullPath(path).TrimEnd('/') == path.TrimEnd('/') && Path.Exists(path),
                nameof(options.ReadOnlyPaths), $"'{path}'", "an absolute path, without . and .., of a file or directory that exists");
            if (s_composed.Contains(path.Trim('/')))
                problems.Add($"{nameof(options.ReadOnlyPaths)} names '{path}', of which every sandbox has a view of its own; give the file or directory in it that is missing there.");
            else if (HostSecrets.IsNeverShown(path.Trim('/')))
                problems.Add($"{nameof(options.ReadOnlyPaths)} names '{path}', which may hold secrets of the host and is never shown to sandboxes; give another path, or put a copy of what is needed elsewhere.");
        }

        foreach (var path in options.ReadOnlyPaths.Where(p => s_own.Any(own => (p + "/").StartsWith(own, StringComparison.Ordinal))))
            problems.Add($"{nameof(options.ReadOnlyPaths)} names '{path}', where every sandbox has a directory of its own; give one that does not lie below {string.Join(", ", s_own)}.");
        if (options.RootFs is { } root && RootImage.Problem(root) is { } problem)
            problems.Add($"{nameof(options.RootFs)} is '{root}'; {problem}.");
        problems.AddRange(CommandVariables.Validate(options.Environ));
        Require(Locales.Has(options.RootFs ?? "/", options.Locale), nameof(options.Locale), $"'{options.Locale}'", "the name of a locale that the sandboxes' root has (locale -a lists the host's)");
        problems.AddRange(LibraryRepositories.Validate(options.Libraries));

        if (problems.Count > 0)
            throw new InvalidOptionsException(problems, nameof(options));
    }

    /// <summary>The processors that are online, as a list; null where the host does not tell.</summary>
    private static string? OnlineProcessors()
    {
        const string Path = "/sys/devices/system/cpu/online";
        return File.Exists(Path) && File.ReadAllText(Path).Trim() is { Length: > 0 } list && CpuList.IsValid(list) ? list : null;
    }
}
