using System.Diagnostics;

namespace SandboxApi.Runtime.Tests.Environments;

/// <summary>A small tmpfs; skips the test where none can be mounted.</summary>
internal sealed class SmallFileSystem : IDisposable
{
    private SmallFileSystem(string path) => Path = path;

    public string Path { get; }

    public static SmallFileSystem Mount(string options)
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "Only root can mount a small file system.");
        var path = Directory.CreateTempSubdirectory("sandbox-small-").FullName;
        if (Run("mount", "-t", "tmpfs", "-o", options, "tmpfs", path) == 0)
            return new(path);
        Directory.Delete(path);
        Assert.Skip("No file system can be mounted here.");
        return null!;
    }

    public void Dispose()
    {
        Run("umount", "-l", Path);
        Directory.Delete(Path);
    }

    private static int Run(string program, params string[] arguments)
    {
        using var process = Process.Start(program, arguments);
        process.WaitForExit();
        return process.ExitCode;
    }
}
