using System.Text;
using System.Text.Unicode;
using SandboxApi.Cli.Errors;

namespace SandboxApi.Cli.Arguments;

/// <summary>
/// The bytes behind arguments and variables. .NET reads them as UTF-8 and puts U+FFFD in the place of what is none, so that another command would run than was
/// typed, and another file be read.
/// </summary>
internal static class RawArguments
{
    private const char Replacement = '\uFFFD';

    /// <summary>The arguments as the kernel keeps them, each ended by NUL; null where it does not show them.</summary>
    internal static byte[]? OfProcess() => Read("/proc/self/cmdline");

    /// <summary>The variables as the kernel keeps them, <c>NAME=VALUE</c> each ended by NUL.</summary>
    internal static byte[]? VariablesOfProcess() => Read("/proc/self/environ");

    /// <summary>Refuses arguments that are not UTF-8.</summary>
    /// <param name="args">As .NET gives them; only where one holds U+FFFD are the bytes looked at.</param>
    /// <param name="raw">Gives the bytes of the command line, which may begin with more than these arguments.</param>
    /// <exception cref="CliException">Names the first such argument and its byte.</exception>
    internal static void EnsureText(IReadOnlyList<string> args, Func<byte[]?> raw)
    {
        if (!args.Any(arg => arg.Contains(Replacement)) || raw() is not { } bytes)
            return;
        var given = Split(bytes);
        for (var i = Math.Max(0, given.Count - args.Count); i < given.Count; i++)
        {
            if (FaultIn(given[i]) is not { } fault)
                continue;
            throw CliException.Usage(
                $"argument {i - given.Count + args.Count + 1} ('{Encoding.UTF8.GetString(given[i])}') is not UTF-8 text: its byte {fault + 1} is 0x{given[i][fault]:X2}",
                "write it in UTF-8; bytes that are no text can travel in a file (--file, --stdin-file)");
        }
    }

    /// <summary>Refuses a variable's value that is not UTF-8.</summary>
    /// <exception cref="CliException">Names the variable and the byte.</exception>
    internal static void EnsureText(string variable, string value, Func<byte[]?> raw)
    {
        if (!value.Contains(Replacement) || raw() is not { } bytes)
            return;
        var start = Encoding.UTF8.GetBytes(variable + "=");
        foreach (var entry in Split(bytes).Where(entry => entry.AsSpan().StartsWith(start)))
        {
            if (FaultIn(entry.AsSpan(start.Length)) is { } fault)
                throw CliException.Usage($"the variable {variable} is not UTF-8 text: byte {fault + 1} of its value is 0x{entry[start.Length + fault]:X2}", $"give it in UTF-8, or set another value: --env {variable}=VALUE");
        }
    }

    /// <summary>The index of the first byte that begins no character; null when all is well.</summary>
    private static int? FaultIn(ReadOnlySpan<byte> bytes)
    {
        if (Utf8.IsValid(bytes))
            return null;
        var index = 0;
        while (Rune.DecodeFromUtf8(bytes[index..], out _, out var length) == System.Buffers.OperationStatus.Done)
            index += length;
        return index;
    }

    private static List<byte[]> Split(byte[] bytes)
    {
        var parts = new List<byte[]>();
        for (var start = 0; start < bytes.Length;)
        {
            var length = bytes.AsSpan(start).IndexOf((byte)0);
            length = length < 0 ? bytes.Length - start : length;
            parts.Add(bytes[start..(start + length)]);
            start += length + 1;
        }

        return parts;
    }

    private static byte[]? Read(string path)
    {
        try
        {
            return File.ReadAllBytes(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
