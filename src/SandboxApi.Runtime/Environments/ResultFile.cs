using System.Text;
using Microsoft.Win32.SafeHandles;
using SandboxApi.Runtime.Interop;

namespace SandboxApi.Runtime.Environments;

/// <summary>How reading a result file ended.</summary>
internal enum ResultOutcome
{
    Found,
    NotFound,
    NotUtf8,
    TooLarge,
}

/// <summary>A result file as read.</summary>
/// <param name="Outcome">How it ended.</param>
/// <param name="Text">The text when found; a byte order mark is part of it.</param>
/// <param name="Size">The size in bytes when found, not UTF-8 or too large.</param>
/// <param name="Bytes">What it holds when it is not UTF-8.</param>
internal readonly record struct ResultText(ResultOutcome Outcome, string? Text, long Size, byte[]? Bytes = null);

/// <summary>Reads the result file that untrusted commands left, after all of them were killed.</summary>
internal static class ResultFile
{
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Reads the regular file at <paramref name="path"/> below <paramref name="home"/>.</summary>
    /// <remarks>
    /// Not found is whatever is no regular file within the home: absolute paths, <c>..</c> above the home, links that lead out of it, FIFOs, devices, directories.
    /// Links within the home are followed by their texts (<see cref="LinkResolver"/>), never by the kernel.
    /// </remarks>
    /// <param name="home">The working directory of the commands.</param>
    /// <param name="path">Relative to it.</param>
    /// <param name="limit">The largest file that is read, in bytes.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public static async Task<ResultText> ReadAsync(DirectoryHandle home, string path, long limit, CancellationToken cancellationToken)
    {
        byte[] bytes;
        try
        {
            using var file = TryOpen(home, Strict.GetBytes(path), out var status);
            if (file is null)
                return new(ResultOutcome.NotFound, null, 0);
            if (status.Size > Math.Min(limit, Array.MaxLength))
                return new(ResultOutcome.TooLarge, null, status.Size);
            bytes = new byte[status.Size];
            var done = 0;
            int read;
            while (done < bytes.Length && (read = await RandomAccess.ReadAsync(file, bytes.AsMemory(done), done, cancellationToken).ConfigureAwait(false)) > 0)
                done += read;
            Array.Resize(ref bytes, done);
        }
        catch (Exception e) when (e is EncoderFallbackException || (e is SystemCallException call && IsNoFile(call.Errno)))
        {
            return new(ResultOutcome.NotFound, null, 0);
        }

        try
        {
            return new(ResultOutcome.Found, Strict.GetString(bytes), bytes.Length);
        }
        catch (DecoderFallbackException)
        {
            return new(ResultOutcome.NotUtf8, null, bytes.Length, bytes);
        }
    }

    private static SafeFileHandle? TryOpen(DirectoryHandle home, byte[] path, out FileStatus status)
    {
        try
        {
            if (UntrustedFile.TryOpen(home, path, out status) is { } file)
                return file;
            if (status.Kind != FileKind.SymbolicLink)
                return null;
        }
        catch (SystemCallException e) when (e.Errno == Errno.Loop)
        {
            // A directory on the way is a link.
            status = default;
        }

        return LinkResolver.Resolve(path, place => LinkAt(home, place)) is { } plain ? UntrustedFile.TryOpen(home, plain, out status) : null;
    }

    private static byte[]? LinkAt(DirectoryHandle home, byte[] path)
    {
        using var pinned = home.Pin(path);
        return DirectoryHandle.LinkOf(pinned);
    }

    // EXDEV is how the kernel refuses to leave the home; EAGAIN that it cannot tell whether it would.
    private static bool IsNoFile(int errno) => errno is Errno.NoEntry or Errno.NotDirectory or Errno.Loop or Errno.CrossDevice
        or Errno.Access or Errno.Invalid or Errno.NameTooLong or Errno.NoSuchAddress or Errno.Again;
}
