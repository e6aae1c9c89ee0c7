using SandboxApi.Archives.Tar;

namespace SandboxApi.Archives.Packing;

/// <summary>What is to be packed: directories, and single files over them. Contents are read when it is packed.</summary>
internal sealed class PackPlan : IDisposable
{
    private readonly List<SourceDirectory> _directories = [];
    private readonly PackNode _root = new("") { Children = Empty() };

    /// <summary>What is left out: the paths of sockets, FIFOs and devices.</summary>
    public List<string> Skipped { get; } = [];

    /// <summary>Bytes of the files that were found in directories.</summary>
    public long KnownBytes { get; private set; }

    /// <summary>Files, directories and links that were found in directories.</summary>
    public long KnownEntries { get; private set; }

    /// <summary>Takes everything below a directory; a name that is taken already is replaced.</summary>
    /// <exception cref="IOException">The directory, or something in it, cannot be read or named.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read.</exception>
    public void AddDirectory(string directory, CancellationToken cancellationToken)
    {
        var root = new SourceDirectory(directory);
        _directories.Add(root);
        var waiting = new Stack<(string Path, PackNode Node)>();
        waiting.Push(("", _root));
        while (waiting.TryPop(out var next))
        {
            foreach (var (name, facts, length) in root.List(next.Path))
            {
                cancellationToken.ThrowIfCancellationRequested();
                var path = SourceDirectory.Below(next.Path, name);
                if (facts.Kind == ArchiveEntryKind.Special)
                {
                    Skipped.Add(root.NameOf(path));
                    continue;
                }

                var node = new PackNode(name) { Source = path, Directory = root, Facts = facts };
                if (facts.Kind == ArchiveEntryKind.Directory)
                {
                    node.Children = next.Node.Children!.GetValueOrDefault(name)?.Children ?? Empty();
                    waiting.Push((path, node));
                }
                else if (facts.Kind == ArchiveEntryKind.File)
                {
                    KnownBytes += length;
                }

                KnownEntries++;
                next.Node.Children![name] = node;
            }
        }
    }

    /// <summary>Takes one file under a name; a file of that name is replaced. A pipe is read to its end.</summary>
    /// <param name="source">Its path.</param>
    /// <param name="name">A plain path relative to the environment.</param>
    /// <exception cref="ArgumentException">The name is that of a directory, or below a file.</exception>
    public void AddFile(string source, string name)
    {
        var segments = name.Split('/');
        var parent = _root;
        foreach (var segment in segments[..^1])
        {
            if (!parent.Children!.TryGetValue(segment, out var next))
                parent.Children[segment] = next = new(segment) { Children = Empty() };
            if (next.Children is null)
                throw new ArgumentException($"'{name}' lies below a file", nameof(name));
            parent = next;
        }

        if (parent.Children?.GetValueOrDefault(segments[^1])?.Children is not null)
            throw new ArgumentException($"'{name}' is a directory", nameof(name));
        parent.Children![segments[^1]] = new(segments[^1]) { Source = source };
    }

    /// <summary>What is to be packed, each with its path: a directory, then directly what is in it, by name.</summary>
    /// <remarks>So that tools which set a directory's permissions and time when they leave it leave it once, when it is full.</remarks>
    public IEnumerable<(PackNode Node, string Path)> InOrder()
    {
        var waiting = new Stack<(PackNode Node, string Path)>();
        Push(_root, "");
        while (waiting.TryPop(out var next))
        {
            yield return next;
            if (next.Node.Children is not null)
                Push(next.Node, next.Path + "/");
        }

        void Push(PackNode parent, string prefix)
        {
            foreach (var child in parent.Children!.Values.Reverse())
                waiting.Push((child, prefix + child.Name));
        }
    }

    public void Dispose() => _directories.ForEach(directory => directory.Dispose());

    private static SortedDictionary<string, PackNode> Empty() => new(StringComparer.Ordinal);
}
