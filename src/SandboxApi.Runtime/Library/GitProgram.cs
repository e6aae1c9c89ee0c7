using System.ComponentModel;
using System.Diagnostics;
using System.Text;

namespace SandboxApi.Runtime.Library;

/// <summary>Runs the <c>git</c> program: no prompts, no hooks, no other protocol than the allowed ones, and an end after some time.</summary>
/// <param name="program">Its name or path.</param>
/// <param name="timeout">The longest that one operation may take.</param>
/// <param name="timeProvider">The clock.</param>
internal sealed class GitProgram(string program, TimeSpan timeout, TimeProvider timeProvider)
{
    private const int OutputLimit = 64 << 10;

    // What ties git to the repository that this very process may have been started from (git rev-parse --local-env-vars).
    private static readonly string[] LocalVariables =
    [
        "GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_CONFIG", "GIT_CONFIG_PARAMETERS", "GIT_CONFIG_COUNT", "GIT_OBJECT_DIRECTORY",
        "GIT_DIR", "GIT_WORK_TREE", "GIT_IMPLICIT_WORK_TREE", "GIT_GRAFT_FILE", "GIT_INDEX_FILE", "GIT_NO_REPLACE_OBJECTS",
        "GIT_REPLACE_REF_BASE", "GIT_PREFIX", "GIT_SHALLOW_FILE", "GIT_COMMON_DIR", "GIT_TEMPLATE_DIR",
    ];

    // A killed git's helpers may hold its pipes; nobody waits for them.
    private static readonly TimeSpan OutputGrace = TimeSpan.FromSeconds(2);

    /// <summary>Makes sure that there is a git.</summary>
    /// <exception cref="PlatformNotSupportedException">There is none.</exception>
    public async Task EnsureInstalledAsync(CancellationToken cancellationToken)
    {
        try
        {
            await RunAsync(["version"], null, cancellationToken).ConfigureAwait(false);
        }
        catch (Win32Exception e)
        {
            throw new PlatformNotSupportedException("Libraries are configured, but there is no git to fetch them: install it (apt-get install git), or configure no libraries.", e);
        }
    }

    /// <summary>The commit at the head of a repository, without fetching it.</summary>
    public async Task<string> RemoteHeadAsync(string url, CancellationToken cancellationToken)
    {
        var credentials = new GitCredentials(url);
        var output = await RunAsync(["ls-remote", "--", credentials.Url, "HEAD"], credentials, cancellationToken).ConfigureAwait(false);
        return output.Split('\t', 2) is [{ Length: >= 40 } commit, _]
            ? commit
            : throw new GitException("The repository has no commit to fetch (no HEAD).");
    }

    /// <summary>Clones the newest commit into a directory that does not exist yet, and returns the commit.</summary>
    public async Task<string> CloneAsync(string url, string directory, CancellationToken cancellationToken)
    {
        var credentials = new GitCredentials(url);
        await RunAsync(["clone", "--quiet", "--depth", "1", "--single-branch", "--no-tags", "--template=", "--", credentials.Url, directory], credentials, cancellationToken).ConfigureAwait(false);
        var commit = await RunAsync(["-C", directory, "rev-parse", "HEAD"], null, cancellationToken).ConfigureAwait(false);
        return commit.Trim();
    }

    private async Task<string> RunAsync(string[] arguments, GitCredentials? credentials, CancellationToken cancellationToken)
    {
        using var process = new Process { StartInfo = Prepare(arguments, credentials) };
        process.Start();
        process.StandardInput.Close();
        var output = ReadAsync(process.StandardOutput);
        var errors = ReadAsync(process.StandardError);

        using var limit = new CancellationTokenSource(timeout, timeProvider);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            await process.WaitForExitAsync(either.Token).ConfigureAwait(false);
            await Task.WhenAll(output, errors).WaitAsync(OutputGrace, cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            await process.WaitForExitAsync(CancellationToken.None).WaitAsync(OutputGrace, CancellationToken.None).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            cancellationToken.ThrowIfCancellationRequested();
            throw new GitException($"git {arguments[0]} did not end within {timeout.TotalSeconds:0.###} seconds and was killed.");
        }
        catch (TimeoutException)
        {
            throw new GitException($"git {arguments[0]} ended, but something it had started still holds its output.");
        }

        var text = await output.ConfigureAwait(false);
        var message = GitUrl.Redact(await errors.ConfigureAwait(false)).Trim();
        return process.ExitCode == 0
            ? text
            : throw new GitException(message.Length > 0 ? message : $"git {arguments[0]} failed with exit code {process.ExitCode}.");
    }

    private ProcessStartInfo Prepare(string[] arguments, GitCredentials? credentials)
    {
        var start = new ProcessStartInfo(program)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardOutputEncoding = Encoding.UTF8,
            StandardErrorEncoding = Encoding.UTF8,
            WorkingDirectory = "/",
        };
        credentials?.AddTo(start);
        foreach (var argument in (string[])["-c", "core.hooksPath=/dev/null", "-c", "core.fsmonitor=false", "-c", "submodule.recurse=false", "-c", "core.askPass=true", .. arguments])
        {
            start.ArgumentList.Add(argument);
        }

        foreach (var name in LocalVariables)
        {
            start.Environment.Remove(name);
        }

        start.Environment["GIT_TERMINAL_PROMPT"] = "0";
        start.Environment["GIT_ASKPASS"] = "true";
        start.Environment["GIT_ALLOW_PROTOCOL"] = GitUrl.AllowedProtocols;
        start.Environment["LC_ALL"] = "C";
        start.Environment.TryAdd("GIT_SSH_COMMAND", "ssh -oBatchMode=yes");
        return start;
    }

    /// <summary>Reads to the end and keeps the beginning: a server's messages are passed on by git, however long.</summary>
    private static async Task<string> ReadAsync(StreamReader reader)
    {
        var kept = new StringBuilder();
        var buffer = new char[4096];
        int count;
        while ((count = await reader.ReadAsync(buffer).ConfigureAwait(false)) > 0)
        {
            kept.Append(buffer, 0, Math.Min(count, OutputLimit - kept.Length));
        }

        return kept.ToString();
    }
}
