using SandboxApi.FunctionalTests.Fixtures;

namespace SandboxApi.SecurityTests.Fixtures;

/// <summary>The directory for temporary files of this program and all it starts: whatever is in there is its own, and is watched without further marks.</summary>
internal sealed class OwnPlace : IDisposable
{
    private readonly TemporaryDirectory directory;
    private readonly string? before = Environment.GetEnvironmentVariable("TMPDIR");

    public OwnPlace()
    {
        // Where an ordinary user's programs agree on their numbers stays one place for all of them.
        if (!TestHost.IsRoot && string.IsNullOrEmpty(Environment.GetEnvironmentVariable("XDG_RUNTIME_DIR")))
            Environment.SetEnvironmentVariable("XDG_RUNTIME_DIR", System.IO.Path.TrimEndingDirectorySeparator(System.IO.Path.GetTempPath()));
        directory = new TemporaryDirectory();
        // As /tmp is: programs that tests start as other users make theirs in it too, and get to what was made for them, such as the canary.
        File.SetUnixFileMode(directory.Path, (UnixFileMode)0x3FF);
        Environment.SetEnvironmentVariable("TMPDIR", directory.Path);
    }

    public string Path => directory.Path;

    public void Dispose()
    {
        Environment.SetEnvironmentVariable("TMPDIR", before);
        directory.Dispose();
    }
}
