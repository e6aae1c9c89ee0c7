using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace SandboxApi.Runtime.Library;

/// <summary>Keeps copies of git repositories in one directory, which sandboxes see read-only at <c>/utils/libs</c>.</summary>
/// <remarks>
/// Three directories lie side by side on one file system: <c>libraries</c> with the copies, <c>libraries-staging</c> where new ones are
/// made, and <c>libraries-state</c> which tells for each alias what its copy was made from.
/// </remarks>
internal sealed partial class LibraryRepositories : IAsyncDisposable
{
    private const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    private static readonly TimeSpan DefaultTimeout = TimeSpan.FromMinutes(1);

    private readonly IReadOnlyList<GitLibrary> _libraries;
    private readonly GitProgram _git;
    private readonly ILogger _logger;
    private readonly Action _changed;
    private readonly string _staging;
    private readonly string _state;
    private readonly SemaphoreSlim _one = new(1, 1);
    private readonly CancellationTokenSource _stop = new();
    private Task _schedule = Task.CompletedTask;

    private LibraryRepositories(string dataDirectory, IReadOnlyList<GitLibrary> libraries, GitProgram git, ILogger logger, Action changed)
    {
        _libraries = libraries;
        _git = git;
        _logger = logger;
        _changed = changed;
        Path = System.IO.Path.Combine(dataDirectory, "libraries");
        _staging = System.IO.Path.Combine(dataDirectory, "libraries-staging");
        _state = System.IO.Path.Combine(dataDirectory, "libraries-state");
    }

    /// <summary>The directory with one directory for each alias; it exists even when there are none.</summary>
    public string Path { get; }

    /// <summary>Makes the directory, removes copies that are configured no more, fetches what is missing and starts the clockwork.</summary>
    /// <param name="dataDirectory">Where to keep the copies.</param>
    /// <param name="libraries">What to clone.</param>
    /// <param name="refresh">How often.</param>
    /// <param name="timeProvider">The clock; null for the system's.</param>
    /// <param name="logger">Where to log; null for nowhere.</param>
    /// <param name="changed">Called after copies have changed.</param>
    /// <param name="timeout">The longest that one git operation may take; null for a minute.</param>
    /// <param name="git">The git program.</param>
    /// <param name="cancellationToken">Gives up starting.</param>
    /// <exception cref="ArgumentException">A library's alias or address is not allowed.</exception>
    /// <exception cref="PlatformNotSupportedException">There are libraries and no git.</exception>
    public static async Task<LibraryRepositories> StartAsync(
        string dataDirectory,
        IEnumerable<GitLibrary> libraries,
        TimeSpan refresh,
        TimeProvider? timeProvider = null,
        ILogger? logger = null,
        Action? changed = null,
        TimeSpan? timeout = null,
        string git = "git",
        CancellationToken cancellationToken = default)
    {
        var list = libraries.ToList();
        if (Validate(list) is { Count: > 0 } problems)
        {
            throw new ArgumentException(string.Join(" ", problems), nameof(libraries));
        }

        var time = timeProvider ?? TimeProvider.System;
        var repositories = new LibraryRepositories(dataDirectory, list, new GitProgram(git, timeout ?? DefaultTimeout, time), logger ?? NullLogger.Instance, changed ?? (() => { }));
        repositories.Prepare();
        if (list.Count == 0)
        {
            return repositories;
        }

        await repositories._git.EnsureInstalledAsync(cancellationToken).ConfigureAwait(false);

        // What is missing is waited for, so that the first run finds it; what is there may be old for a moment.
        await repositories.RefreshAsync(l => !Directory.Exists(repositories.PlaceOf(l)), cancellationToken).ConfigureAwait(false);
        var timer = new PeriodicTimer(refresh, time);
        repositories._schedule = Task.Run(() => repositories.RunScheduleAsync(timer), CancellationToken.None);
        return repositories;
    }

    /// <summary>What is wrong with the configured libraries, in sentences; empty when nothing is.</summary>
    public static IReadOnlyList<string> Validate(IEnumerable<GitLibrary> libraries)
    {
        var problems = new List<string>();
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (url, alias) in libraries)
        {
            if (!Alias().IsMatch(alias ?? ""))
            {
                problems.Add($"Libraries: the alias '{alias}' must be 1 to 100 letters, digits, '.', '_' or '-', and not start with '.' or '-'.");
            }
            else if (!seen.Add(alias!))
            {
                problems.Add($"Libraries: the alias '{alias}' is used twice.");
            }

            if (GitUrl.Problem(url ?? "") is { } problem)
            {
                problems.Add($"Libraries: the address of '{alias}' {problem}.");
            }
        }

        return problems;
    }

    /// <summary>Brings all copies up to date now.</summary>
    public Task RefreshAsync(CancellationToken cancellationToken = default) => RefreshAsync(_ => true, cancellationToken);

    /// <summary>Stops refreshing; the copies stay.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await _schedule.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stop.Dispose();
        _one.Dispose();
    }

    [GeneratedRegex(@"\A[A-Za-z0-9_][A-Za-z0-9._-]{0,99}\z")]
    private static partial Regex Alias();

    /// <summary>Credentials in an address must not lie around, so only its hash is kept.</summary>
    private static string Fingerprint(string url) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(url)));

    private string PlaceOf(GitLibrary library) => System.IO.Path.Combine(Path, library.Alias);

    private string StateOf(string alias) => System.IO.Path.Combine(_state, alias);

    private void Prepare()
    {
        Directory.CreateDirectory(Path, LibraryFiles.PublicDirectory);
        File.SetUnixFileMode(Path, LibraryFiles.PublicDirectory);

        // What a killed predecessor left half done.
        LibraryFiles.Remove(_staging);
        Directory.CreateDirectory(_staging, Private);
        Directory.CreateDirectory(_state, Private);

        var wanted = _libraries.ToDictionary(l => l.Alias, l => Fingerprint(l.Url), StringComparer.Ordinal);
        foreach (var entry in Directory.EnumerateFileSystemEntries(Path).Concat(Directory.EnumerateFileSystemEntries(_state)).ToList())
        {
            // A copy of another repository under the same alias is none, nor is one whose origin is not known.
            var alias = System.IO.Path.GetFileName(entry);
            if (!wanted.TryGetValue(alias, out var fingerprint) || ReadState(alias)?.Fingerprint != fingerprint)
            {
                LibraryFiles.Remove(entry);
            }
        }
    }

    private (string Fingerprint, string Commit)? ReadState(string alias) =>
        File.Exists(StateOf(alias)) && File.ReadAllText(StateOf(alias)).Split('\n') is [var fingerprint, var commit, ..] ? (fingerprint, commit) : null;

    private async Task RunScheduleAsync(PeriodicTimer timer)
    {
        using var disposed = timer;
        do
        {
            try
            {
                await RefreshAsync(_stop.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (_stop.IsCancellationRequested)
            {
                return;
            }
#pragma warning disable CA1031 // One failed round must not end all later ones.
            catch (Exception e)
#pragma warning restore CA1031
            {
                LogRefreshFailed(e);
            }
        }
        while (await timer.WaitForNextTickAsync(_stop.Token).ConfigureAwait(false));
    }

    private async Task RefreshAsync(Func<GitLibrary, bool> which, CancellationToken cancellationToken)
    {
        await _one.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            var changes = await Task.WhenAll(_libraries.Where(which).Select(l => RefreshAsync(l, cancellationToken))).ConfigureAwait(false);
            if (changes.Contains(true))
            {
                _changed();
            }
        }
        finally
        {
            _one.Release();
        }
    }

    private async Task<bool> RefreshAsync(GitLibrary library, CancellationToken cancellationToken)
    {
        var place = PlaceOf(library);
        var staging = System.IO.Path.Combine(_staging, $"{library.Alias}-{Guid.NewGuid():N}");
        try
        {
            if (Directory.Exists(place) && ReadState(library.Alias) is { } state && state.Commit == await _git.RemoteHeadAsync(library.Url, cancellationToken).ConfigureAwait(false))
            {
                return false;
            }

            var commit = await _git.CloneAsync(library.Url, staging, cancellationToken).ConfigureAwait(false);
            LibraryFiles.Publish(staging);
            LibraryFiles.Replace(staging, place);
            await File.WriteAllTextAsync(StateOf(library.Alias), Fingerprint(library.Url) + "\n" + commit + "\n", CancellationToken.None).ConfigureAwait(false);
            LogFetched(library.Alias, commit);
            return true;
        }
        catch (Exception e) when (e is GitException or IOException or UnauthorizedAccessException or System.ComponentModel.Win32Exception)
        {
            if (Directory.Exists(place))
            {
                LogKept(library.Alias, GitUrl.Redact(library.Url), e.Message);
            }
            else
            {
                LogAbsent(library.Alias, GitUrl.Redact(library.Url), e.Message);
            }

            return false;
        }
        finally
        {
            Clean(staging);
        }
    }

    private void Clean(string staging)
    {
        try
        {
            LibraryFiles.Remove(staging);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // A helper of a killed git may still be writing there; the next start removes it.
            LogLeftBehind(staging, e.Message);
        }
    }
}
