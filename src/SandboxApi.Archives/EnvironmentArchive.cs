using System.Text;
using SandboxApi.Archives;
using SandboxApi.Archives.Packing;

namespace SandboxApi;

/// <summary>Makes and reads environments: gzip-compressed tars whose members' names are relative to the working directory.</summary>
/// <remarks>What is read may come from untrusted code: no member is ever written outside the given directory, and sizes are limited.</remarks>
public static partial class EnvironmentArchive
{
    /// <summary>An archive of all that lies in a directory, as a stream to be given to an execution and disposed; it is kept in a temporary file, not in memory.</summary>
    /// <param name="directory">The directory; its files, directories and symbolic links (as links) are packed with their permissions and times, sockets, FIFOs and devices are left out.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="IOException">The directory, or something in it, cannot be read.</exception>
    public static Stream FromDirectory(string directory, CancellationToken cancellationToken = default) =>
        Completed.Result(FromDirectoryCore(async: false, directory, cancellationToken));

    /// <inheritdoc cref="FromDirectory"/>
    public static Task<Stream> FromDirectoryAsync(string directory, CancellationToken cancellationToken = default) =>
        FromDirectoryCore(async: true, directory, cancellationToken).AsTask();

    /// <summary>Writes an archive of all that lies in a directory, piece by piece.</summary>
    /// <param name="directory">The directory; its files, directories and symbolic links (as links) are packed with their permissions and times, sockets, FIFOs and devices are left out.</param>
    /// <param name="destination">Where to; it stays open.</param>
    /// <param name="cancellationToken">Gives up; the destination then holds an incomplete archive.</param>
    /// <exception cref="IOException">The directory, or something in it, cannot be read.</exception>
    public static void WriteDirectory(string directory, Stream destination, CancellationToken cancellationToken = default) =>
        Completed.Done(DirectoryPacker.PackCore(async: false, directory, destination, cancellationToken));

    /// <inheritdoc cref="WriteDirectory"/>
    public static Task WriteDirectoryAsync(string directory, Stream destination, CancellationToken cancellationToken = default) =>
        DirectoryPacker.PackCore(async: true, directory, destination, cancellationToken).AsTask();

    /// <summary>An archive of files in memory, as a stream to be given to an execution.</summary>
    /// <param name="files">Contents by path relative to the environment; directories come by themselves. Files are readable and executable by all.</param>
    /// <exception cref="ArgumentException">A path is empty, absolute, given twice or leaves the environment.</exception>
    public static Stream FromFiles(IEnumerable<KeyValuePair<string, byte[]>> files)
    {
        ArgumentNullException.ThrowIfNull(files);
        var stream = new MemoryStream();
        MemoryPacker.Pack(files, stream);
        stream.Position = 0;
        return stream;
    }

    /// <summary>An archive of texts in memory, written as UTF-8, as a stream to be given to an execution.</summary>
    /// <param name="files">Texts by path relative to the environment; directories come by themselves. Files are readable and executable by all.</param>
    /// <exception cref="ArgumentException">A path is empty, absolute, given twice or leaves the environment.</exception>
    public static Stream FromFiles(IEnumerable<KeyValuePair<string, string>> files)
    {
        ArgumentNullException.ThrowIfNull(files);
        return FromFiles(files.Select(file => KeyValuePair.Create(file.Key, Encoding.UTF8.GetBytes(file.Value))));
    }

    private static async ValueTask<Stream> FromDirectoryCore(bool async, string directory, CancellationToken cancellationToken)
    {
        // A file has a length, which original servers need, and is packed before the server's clock runs.
        var file = TemporaryFile.Create(async);
        try
        {
            await DirectoryPacker.PackCore(async, directory, file, cancellationToken).ConfigureAwait(false);
            file.Position = 0;
            return file;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }
}
