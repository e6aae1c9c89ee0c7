using System.Diagnostics;
using System.Globalization;

namespace SandboxApi.Runtime.Tests.Environments;

/// <summary>A tmpfs mounted inside a user namespace, as a sandbox's home is; gone when disposed.</summary>
internal sealed class NamespacedHome : IDisposable
{
    // Says one line when it wants its ids mapped, another when the file system is there; then waits for the end of its input.
    private const string Script = """
        import ctypes, os, sys
        libc = ctypes.CDLL(None)
        if libc.unshare(0x10020000): sys.exit("unshare")
        print("namespace", flush=True)
        sys.stdin.readline()
        os.setgid(0); os.setuid(0)
        if libc.mount(b"tmpfs", b"/mnt", b"tmpfs", 0, b"mode=755"): sys.exit("mount")
        os.chown("/mnt", 1000, 1000)
        print("mounted", flush=True)
        sys.stdin.readline()
        """;

    private readonly Process _process;

    private NamespacedHome(Process process) => _process = process;

    public string Path => string.Create(CultureInfo.InvariantCulture, $"/proc/{_process.Id}/root/mnt");

    public static async Task<NamespacedHome> StartAsync(int firstId, CancellationToken cancellationToken)
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "Only root can map ids that are not its own.");
        Workplace.Needs("python3");
        var process = Process.Start(new ProcessStartInfo("python3", ["-c", Script]) { RedirectStandardInput = true, RedirectStandardOutput = true })!;
        var home = new NamespacedHome(process);
        if (await process.StandardOutput.ReadLineAsync(cancellationToken) == "namespace")
        {
            foreach (var map in (string[])["uid_map", "gid_map"])
                await File.WriteAllTextAsync($"/proc/{process.Id}/{map}", $"0 {firstId} 65536", cancellationToken);
            await process.StandardInput.WriteLineAsync("mapped".AsMemory(), cancellationToken);
            if (await process.StandardOutput.ReadLineAsync(cancellationToken) == "mounted")
                return home;
        }

        home.Dispose();
        Assert.Skip("No file system can be mounted in a user namespace here.");
        return null!;
    }

    public void Dispose()
    {
        _process.Kill();
        _process.WaitForExit();
        _process.Dispose();
    }
}
