using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Logging;
using Microsoft.Win32.SafeHandles;
using SandboxApi.Archives.Tar;
using SandboxApi.Runtime.Interop;

namespace SandboxApi.Runtime.Environments;

/// <summary>Stored environments: one <c>{id}.tgz</c> each in a directory of the host that no untrusted program sees.</summary>
/// <remarks>
/// A file's modification time is when it was saved, so expiry survives restarts. It is wall-clock time, as nothing else does: a clock set
/// forward expires early; one set back lets an environment live at most one full expiry from then on (see <see cref="Sweep"/>).
/// Ids are as good as keys: nothing lists them but <see cref="List"/>, which a server keeps for its operator.
/// </remarks>
internal sealed partial class EnvironmentStore : IAsyncDisposable
{
    private const string Extension = ".tgz";
    private const string TemporaryExtension = ".tmp";

    private static readonly TimeSpan s_lookupPatience = TimeSpan.FromSeconds(30);

    private readonly EnvironmentStoreOptions _options;
    private readonly TimeProvider _timeProvider;
    private readonly ILogger _logger;
    private readonly PeriodicTimer _timer;
    private readonly Task _sweeping;

    /// <summary>Opens the store, removes what an interrupted predecessor left unfinished and what has expired, and goes on sweeping.</summary>
    /// <exception cref="SandboxException">The directory cannot be used; the message names it and the fix.</exception>
    public EnvironmentStore(EnvironmentStoreOptions options, TimeProvider timeProvider, ILogger logger)
    {
        _options = options;
        _timeProvider = timeProvider;
        _logger = logger;
        try
        {
            Directory.CreateDirectory(options.Directory);
            using var directory = DirectoryHandle.Open(options.Directory);
            // The names in it are as good as keys: nobody else on the host may list them.
            DirectoryHandle.SetMode(directory, 0x1C0);
            using (Create(out var probe))
                File.Delete(probe);
            RemoveLeftovers();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new SandboxException(SandboxErrorCode.Internal, $"Environments cannot be stored in '{options.Directory}' ({FailureReason.Of(e)}). Set DataDirectory to a directory that the user who runs this program can write.", e);
        }

        Sweep();
        _timer = new PeriodicTimer(options.SweepInterval, timeProvider);
        _sweeping = SweepPeriodicallyAsync();
    }

    /// <summary>
    /// Who looks for a file: an archive is unpacked up to it, or to its end where there is none. On one processor of two, so that however many ask the runs go on.
    /// </summary>
    internal Turns Lookups { get; } = new(Math.Max(1, System.Environment.ProcessorCount / 2), s_lookupPatience, "As many files of environments are looked for as may be at one time, and were for 30 s; try again.");

    /// <summary>Begins a new environment; nobody sees it before <see cref="NewEnvironment.CommitAsync"/>.</summary>
    /// <exception cref="SandboxException">The store's disk is full or failing.</exception>
    public NewEnvironment Begin()
    {
        try
        {
            var file = Create(out var path);
            return new NewEnvironment(this, file, path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw NewEnvironment.Explain(e);
        }
    }

    /// <summary>Opens an environment's archive; it stays readable when it expires meanwhile. <see cref="Stream.Length"/> is its size.</summary>
    /// <exception cref="SandboxException">There is none of that id, or it cannot be read.</exception>
    public FileStream Open(Guid id) => new(TryOpen(id) ?? throw NotFound(id), FileAccess.Read);

    /// <summary>The size of an environment's archive in bytes; null when there is none.</summary>
    public long? Check(Guid id)
    {
        using var file = TryOpen(id);
        return file is null ? null : RandomAccess.GetLength(file);
    }

    /// <summary>Opens one regular file of an environment; <see cref="Stream.Length"/> is its size, though the stream cannot seek.</summary>
    /// <exception cref="SandboxException">There is no such environment, or no such file in it.</exception>
    public async Task<Stream> OpenFileAsync(Guid id, string path, CancellationToken cancellationToken) =>
        await FindAsync(TryOpen(id) ?? throw NotFound(id), path, cancellationToken).ConfigureAwait(false)
        ?? throw new SandboxException(SandboxErrorCode.NotFound, $"The environment {id} has no file '{ArchivePath.Display(Encoding.UTF8.GetBytes(path))}'; give the path of a regular file relative to the environment.");

    /// <summary>The size of one regular file of an environment in bytes; null when there is none.</summary>
    public async Task<long?> CheckFileAsync(Guid id, string path, CancellationToken cancellationToken)
    {
        if (TryOpen(id) is not { } archive)
            return null;
        var file = await FindAsync(archive, path, cancellationToken).ConfigureAwait(false);
        if (file is null)
            return null;
        await using (file.ConfigureAwait(false))
            return file.Length;
    }

    /// <summary>Stops sweeping; what is stored stays.</summary>
    public async ValueTask DisposeAsync()
    {
        _timer.Dispose();
        await _sweeping.ConfigureAwait(false);
        Lookups.Dispose();
    }

    /// <summary>What is told when an archive that was whole when it was saved is not any more.</summary>
    internal static SandboxException Damaged(Exception? cause = null) =>
        new(SandboxErrorCode.Internal, "The stored environment is damaged on the sandbox's disk; save it again.", cause);

    /// <summary>Makes a finished file an environment, durably.</summary>
    internal StoredEnvironment Adopt(SafeFileHandle file, string temporaryPath)
    {
        var id = NewId();
        var now = _timeProvider.GetUtcNow();
        File.SetLastWriteTimeUtc(file, now.UtcDateTime);
        RandomAccess.FlushToDisk(file);
        var path = PathOf(id);
        File.Move(temporaryPath, path);
        try
        {
            using var directory = DirectoryHandle.Open(_options.Directory);
            directory.Sync();
        }
        catch (SystemCallException)
        {
            File.Delete(path);
            throw;
        }

        return new(id, now + _options.Expiry);
    }

    // Guid.NewGuid does not promise unpredictable bits, and who knows an id may read the environment.
    private static Guid NewId()
    {
        Span<byte> bytes = stackalloc byte[16];
        RandomNumberGenerator.Fill(bytes);
        bytes[6] = (byte)((bytes[6] & 0x0F) | 0x40);
        bytes[8] = (byte)((bytes[8] & 0x3F) | 0x80);
        return new Guid(bytes, bigEndian: true);
    }

    private static SandboxException NotFound(Guid id) =>
        new(SandboxErrorCode.NotFound, $"There is no environment {id}; it was never saved here or has expired.");

    private async Task<ArchiveFileStream?> FindAsync(SafeFileHandle archive, string path, CancellationToken cancellationToken)
    {
        var isTaken = false;
        try
        {
            if (path is ['/', ..] || ArchivePath.Normalize(Encoding.UTF8.GetBytes(path), ArchivePath.KernelLimit, out _) is not { Length: > 0 } plain)
                return null;
            using var turn = await Lookups.TakeAsync(cancellationToken).ConfigureAwait(false);
            isTaken = true;
            return await ArchiveFileStream.FindAsync(archive, plain, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            if (!isTaken)
                archive.Dispose();
        }
    }

    private static string NameOf(Guid id) => id.ToString("D", CultureInfo.InvariantCulture) + Extension;

    private string PathOf(Guid id) => Path.Combine(_options.Directory, NameOf(id));

    // Held open without sharing, which locks it: another process that opens the same store takes it for no leftover.
    private FileStream Create(out string path)
    {
        path = Path.Combine(_options.Directory, NewId().ToString("D", CultureInfo.InvariantCulture) + TemporaryExtension);
        var file = new FileStream(path, new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.Write,
            Share = FileShare.None,
            BufferSize = 0,
            Options = FileOptions.Asynchronous,
            UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
        });
        DirectoryHandle.SetMode(file.SafeFileHandle, 0x180);
        return file;
    }

    // Opened first and judged by the open file: what is removed or replaced meanwhile does not matter. The store's directory is looked up each time, as
    // saving does: an operator may have put another in its place.
    private SafeFileHandle? TryOpen(Guid id)
    {
        SafeFileHandle? file;
        try
        {
            using var directory = DirectoryHandle.Open(_options.Directory);
            file = TryOpen(directory, Encoding.ASCII.GetBytes(NameOf(id)));
        }
        catch (SystemCallException e)
        {
            throw new SandboxException(SandboxErrorCode.Internal, $"The environment {id} could not be read: {e.Message}.", e);
        }

        if (file is null || !IsExpired(File.GetLastWriteTimeUtc(file)))
            return file;
        file.Dispose();
        return null;
    }

    private static SafeFileHandle? TryOpen(DirectoryHandle directory, byte[] name)
    {
        try
        {
            return UntrustedFile.TryOpen(directory, name, out _) ?? throw Damaged();
        }
        catch (SystemCallException e) when (e.Errno == Errno.NoEntry)
        {
            return null;
        }
        catch (SystemCallException e) when (e.Errno == Errno.Loop)
        {
            throw Damaged(e);
        }
    }

    private bool IsExpired(DateTime savedUtc) => _timeProvider.GetUtcNow() - new DateTimeOffset(savedUtc) >= _options.Expiry;
}
