using System.Diagnostics;

namespace SandboxApi.FuzzTests.Archives;

/// <summary>GNU's tools, as the other reader of what we accept.</summary>
internal static class GnuTar
{
    /// <summary>Unpacks with <c>tar</c>; false when it refuses or warns.</summary>
    public static async Task<bool> UnpackAsync(byte[] tar, byte[] tgz, string directory)
    {
        var hasAbsolute = HasAbsolute(tar);
        // -P only for links: their targets are then laid at once instead of at the end, where it mistakes one for another of the same name.
        // Never where a name could be absolute: it would then write there.
        var (code, _, error) = await FeedAsync("tar", tgz, hasAbsolute ? "-xzf" : "-xPzf", "-", "-C", directory, "--no-same-owner", "--delay-directory-restore", "--warning=no-timestamp");
        return code == 0 && error.Split('\n').All(line => line.Length == 0 || line.StartsWith("tar: Removing leading `/'", StringComparison.Ordinal));
    }

    /// <summary>Whether a name or the target of a hard link begins with a slash.</summary>
    private static bool HasAbsolute(byte[] tar)
    {
        if (tar.AsSpan().IndexOf("path=/"u8) >= 0)
            return true;
        for (var at = 0; at + 512 <= tar.Length; at += 512)
        {
            if (tar[at] == '/' || tar[at + 345] == '/' || tar[at + 157] == '/')
                return true;
        }

        return false;
    }

    /// <summary>Decompresses with <c>gzip</c>; null when it refuses or warns.</summary>
    public static async Task<byte[]?> GunzipAsync(byte[] gzip)
    {
        var (code, output, _) = await FeedAsync("gzip", gzip, "-dc");
        return code == 0 ? output : null;
    }

    private static async Task<(int Code, byte[] Output, string Error)> FeedAsync(string program, byte[] input, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true, Environment = { ["LC_ALL"] = "C" } };
        using var process = Process.Start(start)!;
        using var output = new MemoryStream();
        var reading = process.StandardOutput.BaseStream.CopyToAsync(output);
        var error = process.StandardError.ReadToEndAsync();
        try
        {
            await process.StandardInput.BaseStream.WriteAsync(input);
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // It ended before it had read all.
        }

        await reading;
        await process.WaitForExitAsync();
        return (process.ExitCode, output.ToArray(), await error);
    }
}
