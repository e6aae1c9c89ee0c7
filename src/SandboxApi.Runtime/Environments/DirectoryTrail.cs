using System.Buffers;
using SandboxApi.Runtime.Interop;

namespace SandboxApi.Runtime.Environments;

/// <summary>The way to the directory that was last gone through, its last steps still open.</summary>
/// <remarks>
/// What is below an open step is opened by its name. By its path from the root, each directory at the end of a deep tree would cost a walk
/// over thousands of segments: a second of the program's time would buy minutes of the host's. Only the last steps are open, whatever the depth.
/// </remarks>
internal sealed class DirectoryTrail(DirectoryHandle root) : IDisposable
{
    // A tree whose every branch is longer than this costs one walk a branch.
    private const int MaxSteps = 16;

    private readonly List<Step> _steps = [];

    /// <summary>From where a directory is opened, and by what path: the directory above it by its name, or the root.</summary>
    public DirectoryHandle Find(Node node, out byte[] path, out byte[] relative)
    {
        while (_steps.Count > 0 && _steps[^1].Node != node.Parent)
        {
            _steps[^1].Directory.Dispose();
            _steps.RemoveAt(_steps.Count - 1);
        }

        if (_steps.Count == 0)
        {
            path = relative = node.Path();
            return root;
        }

        path = Join(_steps[^1].Path, node.Name);
        relative = node.Name;
        return _steps[^1].Directory;
    }

    /// <summary>Goes one step on, to the directory that was found last; it is closed here.</summary>
    public void Enter(Node node, byte[] path, DirectoryHandle directory)
    {
        if (_steps.Count == MaxSteps)
        {
            _steps[0].Directory.Dispose();
            _steps.RemoveAt(0);
        }

        _steps.Add(new(node, path, directory));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var step in _steps)
            step.Directory.Dispose();
        _steps.Clear();
    }

    public static byte[] Join(byte[] path, byte[] name) => path.Length == 0 ? name : [.. path, (byte)'/', .. name];

    private readonly record struct Step(Node Node, byte[] Path, DirectoryHandle Directory);

    /// <summary>A directory that waits; its path is made when it is needed, as 100,000 paths of 4 KB would not be small.</summary>
    internal sealed class Node(Node? parent, byte[] name)
    {
        public Node? Parent => parent;

        public byte[] Name => name;

        public byte[] Path()
        {
            var names = new List<byte[]>();
            for (var node = this; node.Parent is not null; node = node.Parent)
                names.Add(node.Name);
            var path = new ArrayBufferWriter<byte>();
            for (var i = names.Count - 1; i >= 0; i--)
            {
                path.Write(names[i]);
                if (i > 0)
                    path.Write("/"u8);
            }

            return path.WrittenSpan.ToArray();
        }
    }
}
