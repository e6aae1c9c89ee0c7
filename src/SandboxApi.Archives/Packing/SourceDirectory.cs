using System.Text;
using Microsoft.Win32.SafeHandles;
using SandboxApi.Archives.Interop;

namespace SandboxApi.Archives.Packing;

/// <summary>A directory that is packed.</summary>
/// <remarks>
/// On Linux all that is in it is reached from one descriptor, name by name, and never through a link: whoever can write in it could otherwise put a link in the place of a directory while it is
/// packed, and have files go along that only who packs may read. Elsewhere it is reached by paths.
/// </remarks>
internal sealed class SourceDirectory : IDisposable
{
    private readonly string _path;
    private readonly SafeFileHandle? _handle;

    /// <summary>The directory that was asked for last: most names come one after another out of one.</summary>
    private (string Path, SafeFileHandle Handle)? _last;

    /// <exception cref="DirectoryNotFoundException">There is none.</exception>
    /// <exception cref="IOException">It cannot be opened.</exception>
    public SourceDirectory(string path)
    {
        _path = path;
        if (!Directory.Exists(path))
            throw new DirectoryNotFoundException($"There is no directory '{path}' to pack.");

        // Whoever names the directory may well name a link to it.
        _handle = OperatingSystem.IsLinux() ? LinuxFiles.OpenDirectory(parent: null, path, followsLink: true) : null;
    }

    /// <summary>What messages call something in it.</summary>
    public string NameOf(string path) => Path.Combine(_path, path);

    /// <summary>The path of a name in one of its directories, relative to it.</summary>
    public static string Below(string directory, string name) => directory.Length == 0 ? name : $"{directory}/{name}";

    /// <summary>What lies directly in one of its directories: names, what they stand for, and bytes of content.</summary>
    /// <param name="directory">Relative; empty for the directory itself.</param>
    public IEnumerable<(string Name, FileFacts Facts, long Length)> List(string directory)
    {
        if (_handle is null)
        {
            foreach (var info in new DirectoryInfo(NameOf(directory)).EnumerateFileSystemInfos())
                yield return (info.Name, FileFacts.Of(info), info is FileInfo file && info.LinkTarget is null ? file.Length : 0);
            yield break;
        }

        var handle = Enter(directory);
        foreach (var info in new DirectoryInfo($"/proc/self/fd/{handle.DangerousGetHandle()}").EnumerateFileSystemInfos())
        {
            var path = NameOf(Below(directory, info.Name));
            var status = LinuxFiles.Look(handle, info.Name, path) ?? throw FileFacts.Missing(info.Name, path);
            yield return (info.Name, FileFacts.Of(status), status.Length);
        }
    }

    /// <summary>Opens a file of it to be read.</summary>
    /// <exception cref="IOException">It is not there, or no file any more.</exception>
    public FileStream OpenFile(string path, bool isAsync)
    {
        if (_handle is null)
            return OpenPath(NameOf(path), isAsync);
        var (parent, name) = Split(path);
        return new FileStream(LinuxFiles.OpenFile(Enter(parent), name, NameOf(path)), FileAccess.Read, bufferSize: 0);
    }

    /// <summary>Where a link of it leads.</summary>
    /// <exception cref="IOException">It is not there any more, or its target is not UTF-8.</exception>
    public byte[] TargetOf(string path)
    {
        var (parent, name) = Split(path);
        var target = _handle is null ? new FileInfo(NameOf(path)).LinkTarget is { } text ? Encoding.UTF8.GetBytes(text) : null : LinuxFiles.ReadLink(Enter(parent), name);
        if (target is null)
            throw new FileNotFoundException($"'{NameOf(path)}' went away while it was packed.", NameOf(path));
        return Encoding.UTF8.GetString(target).Contains('\uFFFD', StringComparison.Ordinal) ? throw new UnnameableException(NameOf(path), "is a link whose target is not UTF-8") : target;
    }

    /// <summary>Opens a file to be read by its path, whatever it is.</summary>
    public static FileStream OpenPath(string path, bool isAsync) => new(path, new FileStreamOptions
    {
        Mode = FileMode.Open,
        Access = FileAccess.Read,
        Share = FileShare.ReadWrite | FileShare.Delete,
        BufferSize = 0,
        Options = isAsync ? FileOptions.Asynchronous : FileOptions.None,
    });

    public void Dispose()
    {
        Leave();
        _handle?.Dispose();
    }

    private SafeFileHandle Enter(string directory)
    {
        if (directory.Length == 0)
            return _handle!;
        if (_last is { } last && last.Path == directory)
            return last.Handle;
        var at = _handle!;
        try
        {
            foreach (var name in directory.Split('/'))
            {
                var next = LinuxFiles.OpenDirectory(at, name, followsLink: false, NameOf(directory));
                if (at != _handle)
                    at.Dispose();
                at = next;
            }
        }
        catch
        {
            if (at != _handle)
                at.Dispose();
            throw;
        }

        Leave();
        _last = (directory, at);
        return at;
    }

    private void Leave()
    {
        _last?.Handle.Dispose();
        _last = null;
    }

    private static (string Parent, string Name) Split(string path)
    {
        var slash = path.LastIndexOf('/');
        return slash < 0 ? ("", path) : (path[..slash], path[(slash + 1)..]);
    }
}
