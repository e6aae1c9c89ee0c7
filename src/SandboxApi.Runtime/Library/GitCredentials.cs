using System.Diagnostics;
using System.Text.RegularExpressions;

namespace SandboxApi.Runtime.Library;

/// <summary>User and password of an address, given to git so that nobody else sees them: arguments can be read by every user of the host (/proc/PID/cmdline), variables by this one alone.</summary>
internal sealed partial class GitCredentials
{
    private const string UserVariable = "SANDBOX_GIT_USER";
    private const string PasswordVariable = "SANDBOX_GIT_PASSWORD";

    // What git asks for user and password, in sh (gitcredentials(7)).
    private const string Helper = "!f() { test \"$1\" = get && printf 'username=%s\\npassword=%s\\n' \"$" + UserVariable + "\" \"$" + PasswordVariable + "\"; }; f";

    private readonly string? _host;
    private readonly string _user = "";
    private readonly string _password = "";

    /// <param name="url">The address as it is configured.</param>
    internal GitCredentials(string url)
    {
        Url = url;
        if (Parts().Match(url) is not { Success: true, Groups: [_, var scheme, var credentials, var host] })
            return;
        var words = credentials.Value.Split(':', 2);
        _user = Uri.UnescapeDataString(words[0]);
        _password = words.Length > 1 ? Uri.UnescapeDataString(words[1]) : "";
        _host = scheme.Value + host.Value;
        Url = _host + url[(host.Index + host.Length)..];
    }

    /// <summary>The address without them.</summary>
    internal string Url { get; }

    /// <summary>Whether one of them holds what git's own protocol for them cannot say.</summary>
    internal bool HasLineBreak => _user.Concat(_password).Any(c => c is '\n' or '\r' or '\0');

    /// <summary>Has git find them, for this host alone: an address that it is sent on to gets none. To be called before git's own arguments are added.</summary>
    internal void AddTo(ProcessStartInfo start)
    {
        if (_host is null)
            return;
        foreach (var helper in (string[])["", Helper])
        {
            start.ArgumentList.Add("-c");
            start.ArgumentList.Add($"credential.{_host}.helper={helper}");
        }

        start.Environment[UserVariable] = _user;
        start.Environment[PasswordVariable] = _password;
    }
    // A password may hold an @ itself. To ssh(1) what stands there is a user, which it must be told.
    [GeneratedRegex("^(https?://)([^/?#]*)@([^/?#]*)", RegexOptions.IgnoreCase)]
    private static partial Regex Parts();
}
