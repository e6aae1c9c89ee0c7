using System.Diagnostics;
using System.Net.Sockets;
using System.Text;
using SandboxApi.Archives.Tar;
using SandboxApi.Runtime.Environments;
using SandboxApi.Runtime.Interop;

namespace SandboxApi.Runtime.Tests.Environments;

/// <summary>A temporary directory with a home to unpack into and a canary beside it that must stay as it is.</summary>
internal sealed class Workplace : IDisposable
{
    public const string CanaryText = "untouched";

    public static readonly ArchiveLimits Limits = new() { MaxBytes = 64 << 20, MaxEntries = 10_000 };

    public Workplace()
    {
        Top = Directory.CreateTempSubdirectory("sandbox-env-").FullName;
        HomePath = Path.Combine(Top, "home");
        Directory.CreateDirectory(HomePath);
        Directory.CreateDirectory(Path.Combine(Top, "outside"));
        File.WriteAllText(Canary, CanaryText);
        Home = DirectoryHandle.Open(HomePath);
    }

    public string Top { get; }

    public string HomePath { get; }

    public string Canary => Path.Combine(Top, "outside", "canary");

    public DirectoryHandle Home { get; }

    public string this[string path] => File.ReadAllText(In(path));

    public string In(string path) => Path.Combine(HomePath, path);

    public Task UnpackAsync(byte[] archive, ArchiveLimits? limits = null, bool skipsSpecial = false) =>
        EnvironmentUnpacker.UnpackAsync(new MemoryStream(archive), Home, null, limits ?? Limits, skipsSpecial, shift: null, CancellationToken.None);

    public async Task<SandboxException> RefusedAsync(byte[] archive, SandboxErrorCode code = SandboxErrorCode.InvalidArchive, ArchiveLimits? limits = null)
    {
        var e = await Should.ThrowAsync<SandboxException>(() => UnpackAsync(archive, limits));
        e.Code.ShouldBe(code, e.Message);
        OutsideIsUntouched();
        return e;
    }

    public async Task<byte[]> PackAsync(ArchiveLimits? limits = null)
    {
        var packed = new MemoryStream();
        await EnvironmentPacker.PackAsync(Home, packed, limits ?? Limits, shift: null, CancellationToken.None);
        return packed.ToArray();
    }

    public void OutsideIsUntouched()
    {
        Directory.GetFileSystemEntries(Top).Select(Path.GetFileName).Order().ShouldBe(["home", "outside"]);
        Directory.GetFileSystemEntries(Path.Combine(Top, "outside")).ShouldBe([Canary]);
        File.ReadAllText(Canary).ShouldBe(CanaryText);
    }

    /// <summary>Everything below the home: name in Latin-1, so that any bytes compare, and what it is.</summary>
    public SortedDictionary<string, string> Snapshot()
    {
        var found = new SortedDictionary<string, string>(StringComparer.Ordinal);
        Collect(Home, "", found);
        return found;
    }

    /// <summary>When everything below the home was modified, to the nanosecond.</summary>
    public async Task<string> TimesAsync() => await RunAsync(HomePath, "find . -mindepth 1 -printf '%P %T@\\n' | LC_ALL=C sort");

    /// <summary>Leaves the file of a Unix socket.</summary>
    public static void BindSocket(string path)
    {
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Bind(new UnixDomainSocketEndPoint(path + "~"));

        // Disposing removes the name that was bound.
        File.Move(path + "~", path);
    }

    /// <summary>Skips the test where a program is not installed.</summary>
    public static void Needs(string program) => Assert.SkipUnless(
        Environment.GetEnvironmentVariable("PATH")!.Split(':').Any(directory => File.Exists(Path.Combine(directory, program))), $"{program} is not installed");

    public static async Task<string> RunAsync(string directory, string command)
    {
        var start = new ProcessStartInfo("bash", ["-c", command]) { WorkingDirectory = directory, RedirectStandardOutput = true, RedirectStandardError = true };
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync();
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        process.ExitCode.ShouldBe(0, await error);
        return output;
    }

    public static async Task<byte[]> TarAsync(string directory, string arguments)
    {
        var path = Path.GetTempFileName();
        try
        {
            await RunAsync(directory, $"tar -czf '{path}' {arguments}");
            return await File.ReadAllBytesAsync(path);
        }
        finally
        {
            File.Delete(path);
        }
    }

    public void Dispose()
    {
        Home.Dispose();
        // By the tool, since the framework's own removal cannot name what is not UTF-8.
        using var rm = Process.Start("bash", ["-c", $"chmod -R u+rwx '{Top}' 2>/dev/null; rm -rf '{Top}'"]);
        rm.WaitForExit();
    }

    private static void Collect(DirectoryHandle directory, string prefix, SortedDictionary<string, string> found)
    {
        using var readable = directory.OpenDirectory("."u8);
        foreach (var name in readable.ReadNames(100_000)!)
        {
            var path = prefix + Encoding.Latin1.GetString(name);
            var status = readable.Status(name);
            switch (status.Kind)
            {
                case FileKind.Directory:
                    found[path] = $"directory {Convert.ToString(status.Mode, 8)}";
                    using (var child = readable.OpenDirectory(name))
                        Collect(child, path + "/", found);
                    break;
                case FileKind.SymbolicLink:
                    found[path] = "link " + Encoding.Latin1.GetString(readable.ReadLink(name));
                    break;
                case FileKind.Regular:
                    using (var file = readable.OpenFile(name))
                    {
                        var content = new byte[status.Size];
                        RandomAccess.Read(file, content, 0);
                        found[path] = $"file {Convert.ToString(status.Mode, 8)} {status.ModifiedSeconds} {Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(content))}";
                    }

                    break;
                default:
                    found[path] = "other";
                    break;
            }
        }
    }
}
