using SandboxApi.Runtime.Root;

namespace SandboxApi.Runtime.Running;

/// <summary>The environment of every command: the sandbox's own variables, and over them the run's.</summary>
internal static class CommandVariables
{
    private const string Libraries = "/utils/libs";

    private static readonly KeyValuePair<string, string>[] s_own =
    [
        new("HOME", RootPlanner.Home),
        new("USER", "student"),
        new("LOGNAME", "student"),

        // Without it bash asks who it runs for, at each start: with two sockets (to nscd), and a look through /etc/passwd.
        new("SHELL", "/bin/bash"),
        new("PATH", Libraries + ":/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"),
        new("PYTHONPATH", Libraries),
        new("LANG", "C.UTF-8"),
        new("LC_ALL", "C.UTF-8"),
    ];

    private static readonly string[] s_ownTexts = [.. s_own.Select(Text)];

    internal static IReadOnlyList<string> For(IReadOnlyDictionary<string, string> environ) =>
        environ.Count == 0 ? s_ownTexts : [.. s_own.Where(v => !environ.ContainsKey(v.Key)).Concat(environ).Select(Text)];

    private static string Text(KeyValuePair<string, string> variable) => $"{variable.Key}={variable.Value}";
}
