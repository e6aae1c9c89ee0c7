using System.Diagnostics;
using SandboxApi.FunctionalTests.Fixtures;

namespace SandboxApi.FunctionalTests.Limiting;

/// <summary>Files that sandboxes see and nobody else reads, so that their pages are in memory only if a test wants them to be.</summary>
internal sealed class ColdFiles : IDisposable
{
    private readonly TemporaryDirectory _directory = new(Parent());

    public ColdFiles() => File.SetUnixFileMode(_directory.Path, Archive.Executable);

    public string Path => _directory.Path;

    /// <summary>Makes a file of that many mebibytes and forgets its pages; its path.</summary>
    public async Task<string> MakeAsync(string name, int mebibytes)
    {
        var path = System.IO.Path.Combine(Path, name);
        var piece = new byte[1 << 20];
        Random.Shared.NextBytes(piece);
        await using (var file = File.Create(path))
        {
            for (var i = 0; i < mebibytes; i++)
                await file.WriteAsync(piece, TestContext.Current.CancellationToken);
            file.Flush(flushToDisk: true);
        }

        await ForgetAsync(path);
        return path;
    }

    /// <summary>A copy of a program, whose pages nobody has in memory.</summary>
    public async Task<string> CopyAsync(string program)
    {
        var path = System.IO.Path.Combine(Path, System.IO.Path.GetFileName(program));
        File.Copy(program, path);
        File.SetUnixFileMode(path, Archive.Executable | UnixFileMode.UserWrite);
        await using (var file = File.OpenWrite(path))
            file.Flush(flushToDisk: true);
        await ForgetAsync(path);
        return path;
    }

    /// <summary>Has the kernel throw its pages out of memory; skips the test where a file is memory.</summary>
    public static async Task ForgetAsync(string path)
    {
        Assert.SkipWhen(new DriveInfo(path).DriveFormat == "tmpfs", "files for temporary use lie in memory here, so none can be cold");
        using var dd = Process.Start(new ProcessStartInfo("dd", [$"if={path}", "iflag=nocache", "count=0", "status=none"]))!;
        await dd.WaitForExitAsync(TestContext.Current.CancellationToken);
        dd.ExitCode.ShouldBe(0);
    }

    public void Dispose() => _directory.Dispose();

    /// <summary>Not below /tmp, where every sandbox has its own.</summary>
    private static string Parent()
    {
        var parent = TestHost.IsRoot ? "/srv" : System.Environment.GetFolderPath(System.Environment.SpecialFolder.UserProfile);
        if (!Directory.Exists(parent) || parent.StartsWith("/tmp", StringComparison.Ordinal))
            Assert.Skip($"'{parent}' is no place for a directory that a sandbox shall see");
        return parent;
    }
}
