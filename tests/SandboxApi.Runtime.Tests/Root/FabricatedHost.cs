using System.Security.Cryptography;
using System.Text;

namespace SandboxApi.Runtime.Tests.Root;

/// <summary>The root of a host made up of a few files, with dpkg's records of them.</summary>
internal sealed class FabricatedHost : IDisposable
{
    private readonly StringBuilder _conffiles = new();
    private readonly List<string> _listed = ["/.", "/etc", "/var", "/var/lib"];
    private readonly StringBuilder _sums = new();

    public FabricatedHost()
    {
        foreach (var directory in (string[])["etc", "var/lib/dpkg/info", "var/cache"])
            Make(directory);
    }

    public string Root { get; } = Directory.CreateTempSubdirectory("host-").FullName;

    public void Dispose() => Directory.Delete(Root, recursive: true);

    public string PathOf(string path) => Path.Combine(Root, path);

    /// <summary>A file that is there, whoever wrote it.</summary>
    public void Write(string path, string content = "written by somebody", int mode = 0x1A4 /* 0644 */)
    {
        Make(Path.GetDirectoryName(path)!);
        File.WriteAllText(PathOf(path), content);
        File.SetUnixFileMode(PathOf(path), (UnixFileMode)mode);
    }

    /// <summary>A file that a package brought, as its configuration or else.</summary>
    public void Ship(string path, string content, bool isConffile = true)
    {
        Write(path, content);
        List(path);
        var digest = DigestOf(content);
        if (isConffile)
            _conffiles.Append($" /{path} {digest}\n");
        else
            _sums.Append($"{digest}  {path}\n");
    }

    /// <summary>As dpkg keeps it.</summary>
#pragma warning disable CA5351
    public static string DigestOf(string content) => Convert.ToHexStringLower(MD5.HashData(Encoding.UTF8.GetBytes(content)));
#pragma warning restore CA5351

    /// <summary>A path that a package has, without a record of its content: a directory or link.</summary>
    public void List(string path) => _listed.Add('/' + path);

    public void Link(string path, string target)
    {
        Make(Path.GetDirectoryName(path)!);
        File.CreateSymbolicLink(PathOf(path), target);
    }

    public void Make(string path)
    {
        for (var directory = Root; path.Length > 0;)
        {
            var end = path.IndexOf('/', StringComparison.Ordinal);
            directory = Path.Combine(directory, end < 0 ? path : path[..end]);
            path = end < 0 ? "" : path[(end + 1)..];
            if (Directory.Exists(directory))
                continue;
            Directory.CreateDirectory(directory);
            File.SetUnixFileMode(directory, (UnixFileMode)0x1ED);
        }
    }

    /// <summary>Writes dpkg's records of all that was shipped until now.</summary>
    public void Record()
    {
        Write("var/lib/dpkg/status", $"Package: other\nStatus: install ok installed\n\nPackage: base-files\nStatus: install ok installed\nConffiles:\n{_conffiles}Description: all of it\n");
        Write("var/lib/dpkg/info/base-files.list", string.Join('\n', _listed) + '\n');
        Write("var/lib/dpkg/info/base-files.md5sums", _sums.ToString());
    }
}
