using System.Diagnostics;
using SandboxApi.FunctionalTests.Fixtures;

namespace SandboxApi.SecurityTests.Fixtures;

/// <summary>A file on the host that attacks are aimed at: readable by everybody, so that nothing but the isolation keeps it, and watched to its last detail.</summary>
internal sealed class Canary : IDisposable
{
    /// <summary>The content, which must show up nowhere.</summary>
    public const string Text = "the canary of the host";

    private readonly TemporaryDirectory directory = new();
    private string before = "";

    private Canary()
    {
        File.SetUnixFileMode(directory.Path, (UnixFileMode)0x1ED);
        File.WriteAllText(Path, Text);
        File.SetUnixFileMode(Path, (UnixFileMode)0x1A4);
    }

    public string Directory => directory.Path;

    public string Path => directory.Path + "/canary";

    public static async Task<Canary> PlaceAsync()
    {
        var canary = new Canary();
        canary.before = await canary.LookAsync();
        return canary;
    }

    /// <summary>Puts the canary's place into a text written with <c>CANARY</c> for the file and <c>NEST</c> for its directory.</summary>
    public string Aim(string text) => text.Replace("CANARY", Path, StringComparison.Ordinal).Replace("NEST", Directory, StringComparison.Ordinal);

    /// <summary>Content, mode, owner, names and times are those of the beginning, and nothing lies beside it.</summary>
    public async Task ShouldBeUntouchedAsync() => (await LookAsync()).ShouldBe(before);

    public void Dispose() => directory.Dispose();

    private async Task<string> LookAsync()
    {
        // The time of the last change of the inode (%Z) tells even a chown to the same owner.
        var start = new ProcessStartInfo("bash", ["-c", "stat -c '%n %a %u %g %h %s %Y %Z' . * && cat canary && stat -L -c '%n %a %u %g %h %s %Y %Z' /bin/bash /etc/passwd /etc/shadow"])
        {
            WorkingDirectory = Directory,
            RedirectStandardOutput = true,
        };
        using var stat = Process.Start(start)!;
        var seen = await stat.StandardOutput.ReadToEndAsync(CancellationToken.None);
        await stat.WaitForExitAsync(CancellationToken.None);
        stat.ExitCode.ShouldBe(0);
        return seen;
    }
}
