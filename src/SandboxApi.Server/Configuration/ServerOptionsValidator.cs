using SandboxApi.Server.Authentication;

namespace SandboxApi.Server.Configuration;

/// <summary>Checks the options of a server before anything is opened.</summary>
internal static class ServerOptionsValidator
{
    /// <summary>The addresses to listen at.</summary>
    /// <exception cref="ArgumentException">With everything wrong.</exception>
    internal static IReadOnlyList<ListenAddress> Validate(SandboxServerOptions options)
    {
        var errors = new List<string>();
        var addresses = new List<ListenAddress>();
        if (options.Urls.Count == 0)
            errors.Add("urls must hold at least one address");
        foreach (var url in options.Urls)
        {
            if (!ListenAddress.TryParse(url, out var address, out var error))
                errors.Add($"urls: {url} {(error.StartsWith("must", StringComparison.Ordinal) ? error : "cannot be used: " + error)}");
            else if (IsOpen(options) && !address.IsLoopback)
                errors.Add($"urls: {url} can be reached from other machines, and anyone there could run commands: set api-key, or allow-public-without-key if that is wanted");
            else
                addresses.Add(address);
        }

        foreach (var origin in options.AllowedOrigins.Where(origin => !WebPageGuard.IsOrigin(origin)))
            errors.Add($"allowed-origins: {origin} must be {WebPageGuard.OriginText}");
        foreach (var host in options.AllowedHosts.Where(host => !WebPageGuard.IsHostName(host)))
            errors.Add($"allowed-hosts: {host} must be {WebPageGuard.HostText}");
        foreach (var (label, key) in ApiKeys.All(options))
            CheckKey(errors, options.ApiKeys.ContainsKey(label) ? $"api-keys: the key '{label}'" : label, key);
        foreach (var label in options.ApiKeys.Keys.Where(label => !ApiKeys.IsLabel(label)))
            errors.Add($"api-keys: the label '{label}' must be {ApiKeys.LabelText}");
        foreach (var label in options.ApiKeys.Keys.Where(label => label is "api-key" or "api-key-secondary"))
            errors.Add($"api-keys: the label '{label}' belongs to the setting of that name");
        foreach (var same in ApiKeys.All(options).GroupBy(key => key.Key).Where(same => same.Count() > 1))
            errors.Add($"api-keys: {string.Join(" and ", same.Select(key => key.Label))} are the same key");
        Check(errors, "max-archive-size", options.MaxArchiveSize is >= 0 and <= 1L << 40, "from 0 to 1TiB");
        Check(errors, "max-config-size", options.MaxConfigSize is >= 1 << 10 and <= 256 << 20, "from 1KiB to 256MiB");
        Check(errors, "max-connections", options.MaxConnections is >= 1 and <= 1_000_000, "from 1 to 1000000");
        Check(errors, "max-uploads", options.MaxUploads is >= 1 and <= 100_000, "from 1 to 100000");
        Check(errors, "unread-answers-limit", options.UnreadAnswersLimit is >= 1 << 20 and <= 1L << 40, "from 1MiB to 1TiB");
        Check(errors, "headers-timeout", options.HeadersTimeout > TimeSpan.Zero && options.HeadersTimeout <= TimeSpan.FromHours(1), "more than 0 and at most 1h");
        Check(errors, "keep-alive-timeout", options.KeepAliveTimeout > TimeSpan.Zero && options.KeepAliveTimeout <= TimeSpan.FromDays(1), "more than 0 and at most 24h");
        Check(errors, "min-data-rate", options.MinDataRate is >= 0 and <= 1 << 30, "from 0 to 1GiB");
        Check(errors, "stop-grace", options.StopGrace >= TimeSpan.Zero && options.StopGrace <= TimeSpan.FromDays(1), "from 0 to 24h");
        return errors.Count == 0 ? addresses : throw new ArgumentException(string.Join("\n", errors), nameof(options));
    }

    private static bool IsOpen(SandboxServerOptions options) =>
        !options.AllowPublicWithoutKey && !ApiKeys.All(options).Any();

    private static void CheckKey(List<string> errors, string name, string? key)
    {
        if (key is not null && !ApiKeys.IsKey(key))
            errors.Add($"{name} must be visible ASCII characters without spaces");
    }

    private static void Check(List<string> errors, string name, bool isFine, string allowed)
    {
        if (!isFine)
            errors.Add($"{name} must be {allowed}");
    }
}
