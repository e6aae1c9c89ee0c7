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
        var state = System.Environment.GetEnvironmentVariable("XDG_STATE_HOME");
        return Path.IsPathFullyQualified(state ?? "")
            ? Path.Combine(state!, "sandbox-api")
            : Path.Combine(System.Environment.GetFolderPath(System.Environment.SpecialFolder.UserProfile), ".local/state/sandbox-api");
    }
}
