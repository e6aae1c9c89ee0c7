using SandboxApi.Runtime.Interop;

namespace SandboxApi.Runtime.Environments;

/// <summary>An environment being written; without <see cref="CommitAsync"/> nothing of it stays.</summary>
internal sealed class NewEnvironment : IAsyncDisposable
{
    private readonly EnvironmentStore _store;
    private readonly FileStream _file;
    private readonly string _path;
    private bool _isCommitted;

    internal NewEnvironment(EnvironmentStore store, FileStream file, string path)
    {
        _store = store;
        _file = file;
        _path = path;
        Stream = new Writer(file);
    }

    /// <summary>Where the archive is written to; throws <see cref="SandboxException"/> when the disk is full.</summary>
    public Stream Stream { get; }

    /// <summary>Makes the environment durable and visible.</summary>
    /// <exception cref="SandboxException">The store's disk is full or failing; nothing stays.</exception>
    public async Task<StoredEnvironment> CommitAsync(CancellationToken cancellationToken)
    {
        try
        {
            // Waits for the disk, so it must not hold up whoever calls.
            var stored = await Task.Run(() => _store.Adopt(_file.SafeFileHandle, _path), cancellationToken).ConfigureAwait(false);
            _isCommitted = true;
            // With it goes its lock, which would keep readers out.
            await _file.DisposeAsync().ConfigureAwait(false);
            return stored;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Explain(e);
        }
    }

    /// <summary>Closes the file and, when it was not committed, removes it.</summary>
    public async ValueTask DisposeAsync()
    {
        await Stream.DisposeAsync().ConfigureAwait(false);
        try
        {
            // Before it is closed, so that it never lies there without its lock.
            if (!_isCommitted)
                File.Delete(_path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The directory went away, or may not be written any more: nobody sees the file, and the next start removes it.
        }
        finally
        {
            await _file.DisposeAsync().ConfigureAwait(false);
        }
    }

    internal static SandboxException Explain(Exception e) => new(
        SandboxErrorCode.Internal,
        e.HResult is Errno.NoSpace or Errno.Quota
            ? "The environment could not be stored: the disk of the environment store is full. The operator has to make room there."
            : $"The environment could not be stored: {e.Message.TrimEnd('.')}.",
        e);

    /// <summary>The file, with errors that say what they mean here; closing it leaves the file to the environment.</summary>
    private sealed class Writer(FileStream file) : Stream
    {
        public override bool CanRead => false;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => file.Length;

        public override long Position { get => file.Position; set => throw new NotSupportedException(); }

        public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            try
            {
                await file.WriteAsync(buffer, cancellationToken).ConfigureAwait(false);
            }
            catch (IOException e)
            {
                throw Explain(e);
            }
        }

        public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
            WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

        public override void Write(byte[] buffer, int offset, int count)
        {
            try
            {
                file.Write(buffer, offset, count);
            }
            catch (IOException e)
            {
                throw Explain(e);
            }
        }

        // The file has no buffer of its own.
        public override void Flush()
        {
        }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();
    }
}
