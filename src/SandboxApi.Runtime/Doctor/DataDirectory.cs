using SandboxApi.Runtime.Interop;

namespace SandboxApi.Runtime.Doctor;

/// <summary>Where stored environments and cloned libraries lie.</summary>
internal static class DataDirectory
{
    /// <summary>The absolute directory that the options, or else the user's rights and environment, decide.</summary>
    public static string Of(LocalSandboxOptions options) => Of(options, Processes.IsRoot);

    public static string Of(LocalSandboxOptions options, bool isRoot)
    {
        if (options.DataDirectory is { } given)
        {
            return Path.GetFullPath(given);
        }

        if (isRoot)
        {
            return "/var/lib/sandbox-api";
        }

        // The XDG base directory specification: a relative path there is to be ignored.
        if (System.Environment.GetEnvironmentVariable("XDG_STATE_HOME") is { } state && Path.IsPathFullyQualified(state))
        {
            return Path.Combine(state, "sandbox-api");
        }

        // A user without a home, or with one that is relative: never a directory that depends on where the program was started.
        var home = System.Environment.GetFolderPath(System.Environment.SpecialFolder.UserProfile);
        return Path.IsPathFullyQualified(home)
            ? Path.Combine(home, ".local/state/sandbox-api")
            : FormattableString.Invariant($"/var/tmp/sandbox-api-{Processes.EffectiveUser()}");
    }
}
