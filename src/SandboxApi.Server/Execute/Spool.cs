namespace SandboxApi.Server.Execute;

/// <summary>Where the archives of requests lie until their runs have ended: files on disk without a name, so that no exit leaves any behind.</summary>
internal sealed class Spool : IDisposable
{
    private const string Pattern = "upload-*.tmp";
    private readonly string _directory;
    private readonly bool _isOwned;

    private Spool(string directory, bool isOwned)
    {
        _directory = directory;
        _isOwned = isOwned;
    }

    /// <summary>Makes the directory, for this user only, and removes what a killed predecessor left.</summary>
    /// <param name="directory">Null for one of our own among the temporary files, removed at the end.</param>
    /// <exception cref="IOException">The directory cannot be made or written.</exception>
    internal static Spool Open(string? directory)
    {
        if (directory is null)
            return new Spool(Directory.CreateTempSubdirectory("sandbox-spool-").FullName, isOwned: true);
        if (OperatingSystem.IsWindows())
            Directory.CreateDirectory(directory);
        else
            Directory.CreateDirectory(directory, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);

        // A predecessor killed between making a file and taking its name away; another server's file of that age loses its name a moment early.
        foreach (var left in Directory.EnumerateFiles(directory, Pattern))
            File.Delete(left);
        var spool = new Spool(Path.GetFullPath(directory), isOwned: false);
        spool.Create().Dispose();
        return spool;
    }

    /// <summary>An empty file without a name; it is gone when the stream is closed or the process ends, however it ends.</summary>
    internal FileStream Create()
    {
        var path = Path.Combine(_directory, $"upload-{Guid.NewGuid():N}.tmp");
        var options = new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.ReadWrite,
            Share = FileShare.Delete,
            BufferSize = 0,
            Options = FileOptions.Asynchronous,
        };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        var stream = new FileStream(path, options);
        File.Delete(path);
        return stream;
    }

    public void Dispose()
    {
        if (_isOwned && Directory.Exists(_directory))
            Directory.Delete(_directory, recursive: true);
    }
}
