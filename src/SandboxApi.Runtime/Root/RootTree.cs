using System.Buffers;
using System.Runtime.InteropServices;
using System.Text;
using SandboxApi.Launcher;
using SandboxApi.Runtime.Interop;

namespace SandboxApi.Runtime.Root;

/// <summary>Directories, links and files that are copied into the root: written once, into a file in memory that the launcher is given.</summary>
/// <remarks>Copies rather than mounts, of which each is made and ended again for every sandbox. Paths are relative to the root; a parent comes before what lies in it.</remarks>
internal sealed class RootTree : IDisposable
{
    /// <summary>What is gathered before it is written.</summary>
    private const int Gathered = 256 << 10;

    private readonly ArrayBufferWriter<byte> _buffer = new(Gathered);
    private readonly HashSet<string> _directories = [];
    private int _descriptor = -1;
    private bool _isSealed;

    /// <summary>How many bytes it is; 0 when there is nothing in it.</summary>
    internal uint Length { get; private set; }

    /// <summary>The file, for the launcher; to be asked for once nothing more is added.</summary>
    internal int Descriptor
    {
        get
        {
            if (!_isSealed)
                Seal();
            return _descriptor;
        }
    }

    /// <summary>Whether a file of so many bytes, or as many in all, may still be added.</summary>
    internal bool HasRoom(long bytes) => bytes < (long)Wire.MaxTreeBytes - Length - Gathered;

    internal void AddDirectory(string path, int mode, long modified)
    {
        if (!_directories.Add(path))
            return;
        Add(PlanEntry.Directory, mode, modified, path, []);
    }

    /// <summary>Adds a link, whose own time nothing looks at.</summary>
    internal void AddLink(string path, string target) => Add(PlanEntry.Symlink, 0, 0, path, Encoding.UTF8.GetBytes(target + '\0'));

    internal void AddFile(string path, int mode, long modified, ReadOnlySpan<byte> content) => Add(PlanEntry.File, mode, modified, path, content);

    public void Dispose()
    {
        if (_descriptor >= 0)
            _ = Descriptors.Close(_descriptor);
        _descriptor = -1;
    }

    private void Add(PlanEntry kind, int mode, long modified, string path, ReadOnlySpan<byte> content)
    {
        ObjectDisposedException.ThrowIf(_isSealed, this);
        var head = new TreeEntryHead { Kind = kind, Mode = (ushort)mode, Modified = modified, Length = (uint)content.Length };
        var before = _buffer.WrittenCount;
        _buffer.Write(MemoryMarshal.AsBytes(new ReadOnlySpan<TreeEntryHead>(in head)));
        Encoding.UTF8.GetBytes(path + '\0', _buffer);
        if (content.Length >= Gathered)
        {
            Length += (uint)(_buffer.WrittenCount - before + content.Length);
            Flush();
            Descriptors.WriteAll(_descriptor, content);
            return;
        }

        _buffer.Write(content);
        Length += (uint)(_buffer.WrittenCount - before);
        if (_buffer.WrittenCount >= Gathered)
            Flush();
    }

    private void Flush()
    {
        if (_descriptor < 0)
            _descriptor = MemoryFiles.Create();
        Descriptors.WriteAll(_descriptor, _buffer.WrittenSpan);
        _buffer.ResetWrittenCount();
    }

    private void Seal()
    {
        Flush();
        MemoryFiles.Seal(_descriptor);
        _isSealed = true;
    }
}
