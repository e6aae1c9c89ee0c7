using System.Text;
using SandboxApi.Runtime.Root;

namespace SandboxApi.Runtime.Running;

/// <summary>The environment of every command: the sandbox's own variables, over them the operator's, and over both the run's.</summary>
internal sealed class CommandVariables
{
    /// <summary>What the operator's may take in all; the run's come on top, and all of it travels in one message.</summary>
    internal const int MostBytes = 64 << 10;

    /// <summary>With the slash, as the original server has it.</summary>
    private const string Libraries = "/utils/libs/";

    private readonly Dictionary<string, string> _all;
    private readonly string[] _texts;

    internal CommandVariables(LocalSandboxOptions options)
    {
        _all = new(StringComparer.Ordinal)
        {
            ["HOME"] = RootPlanner.Home,
            ["USER"] = "student",
            ["LOGNAME"] = "student",

            // Without it bash asks who it runs for, at each start: with two sockets (to nscd), and a look through /etc/passwd.
            ["SHELL"] = "/bin/bash",
            ["PATH"] = Libraries + ":/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",

            // Its empty end is the working directory: a grader in a directory below imports the student's file.
            ["PYTHONPATH"] = Libraries + ":",
            ["LANG"] = options.Locale,
            ["LC_ALL"] = options.Locale,

            // No command is started at a terminal. Programs that ask what theirs can do learn that, where without it they would complain.
            ["TERM"] = "dumb",
        };
        foreach (var (name, value) in options.Environ)
            _all[name] = value;
        _texts = [.. _all.Select(Text)];
    }

    internal IReadOnlyList<string> For(IReadOnlyDictionary<string, string> environ) =>
        environ.Count == 0 ? _texts : [.. _all.Where(v => !environ.ContainsKey(v.Key)).Concat(environ).Select(Text)];

    /// <summary>A sentence for each variable of the operator's that no command could have.</summary>
    internal static IEnumerable<string> Validate(IEnumerable<KeyValuePair<string, string>> environ)
    {
        const string Option = nameof(LocalSandboxOptions.Environ);
        long bytes = 0;
        foreach (var (name, value) in environ)
        {
            if (name.Length == 0 || name.Contains('=', StringComparison.Ordinal) || name.Contains('\0') || !IsText(name))
                yield return $"{Option} has a variable called '{name.Replace("\0", "\\0", StringComparison.Ordinal)}'; a name must be text, must not be empty, and must not hold '=' or NUL.";
            else if (value is null || value.Contains('\0') || !IsText(value))
                yield return $"{Option} has a value for {name} that no variable can have; it must be text without NUL.";
            else
                bytes += Encoding.UTF8.GetByteCount(name) + Encoding.UTF8.GetByteCount(value) + 2;
        }

        if (bytes > MostBytes)
            yield return $"{Option} takes {bytes} bytes; at most {MostBytes} are possible.";
    }

    /// <summary>Half of a surrogate pair has no bytes.</summary>
    private static bool IsText(string text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            if (char.IsSurrogate(text[i]) && (!char.IsHighSurrogate(text[i]) || ++i == text.Length || !char.IsLowSurrogate(text[i])))
                return false;
        }

        return true;
    }

    private static string Text(KeyValuePair<string, string> variable) => $"{variable.Key}={variable.Value}";
}
