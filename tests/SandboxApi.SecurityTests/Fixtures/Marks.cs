using System.Security.Cryptography;
using System.Text;
using SandboxApi.FunctionalTests.Fixtures;

namespace SandboxApi.SecurityTests.Fixtures;

/// <summary>What tells the traces of this suite's attacks from what others do on the host at the same time: whose a thing is, and a text that nobody else has.</summary>
internal static class Marks
{
    /// <summary>The lowest id of the host that a sandbox of a server of root's can have, and how many there are: 1024 programs, 1024 slots, two for each.</summary>
    private const uint FirstId = 0x7000_0000;
    private const uint Ids = 1024 * 1024 * 2;

    /// <summary>Further into a file nothing is looked for.</summary>
    private const int Head = 4096;

    /// <summary>The clock of file systems is coarser than that of programs.</summary>
    private static readonly long s_start = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds() - 1;

    /// <summary>A name, or a word in a content, that attacks leave where they get to: no other program has it.</summary>
    public static string Token { get; } = "trace-" + RandomNumberGenerator.GetHexString(16, lowercase: true);

    /// <summary>Whether a thing was made by a sandbox or on behalf of one.</summary>
    public static bool IsTrace(string path)
    {
        if (path.Contains(Token, StringComparison.Ordinal))
            return true;
        if (HostFile.At(path) is not { } file)
            return false;
        if (IsSandboxes(file.Uid) || IsSandboxes(file.Gid))
            return true;
        return file.Changed >= s_start && file.Type switch
        {
            '-' => HoldsToken(path),
            'l' => HostState.Unless(null, () => new FileInfo(path).LinkTarget)?.Contains(Token, StringComparison.Ordinal) == true,
            _ => false,
        };
    }

    /// <summary>Whether anything was made in a directory, or removed, since this program began.</summary>
    public static bool HasChanged(string directory) => HostFile.At(directory)?.Changed >= s_start;

    /// <summary>Whether an id is one of a sandbox; no person, service or other program has it, so nothing of the host may.</summary>
    public static bool IsSandboxes(uint id) => id - FirstId < Ids;

    private static bool HoldsToken(string path) => HostState.Unless(false, () =>
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
        var head = new byte[Head];
        return head.AsSpan(0, file.ReadAtLeast(head, Head, throwOnEndOfStream: false)).IndexOf(Encoding.ASCII.GetBytes(Token)) >= 0;
    });
}
