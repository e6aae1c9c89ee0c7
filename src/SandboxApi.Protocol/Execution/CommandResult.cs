using System.Text.Json.Serialization;
using SandboxApi.Json;

namespace SandboxApi;

/// <summary>What one command did. What a server of the original protocol does not tell is null.</summary>
public sealed record CommandResult
{
    /// <summary>The command, without its leading <c>-</c>.</summary>
    public required string Command { get; init; }

    /// <summary>The exit code, 128+N after signal N, or -2 after a timeout.</summary>
    public required int ExitCode { get; init; }

    /// <summary>Standard output without leading and trailing white space; bytes that are no UTF-8 are replaced by U+FFFD.</summary>
    [JsonConverter(typeof(LongTextConverter))]
    public required string Stdout { get; init; }

    /// <summary>Standard error, likewise; after a timeout it ends with a sentence that says so.</summary>
    [JsonConverter(typeof(LongTextConverter))]
    public required string Stderr { get; init; }

    /// <summary>Wall-clock time from start to end of the shell.</summary>
    [JsonConverter(typeof(SecondsConverter))]
    public required TimeSpan Time { get; init; }

    /// <summary>CPU time (user and system) of everything in the sandbox while the command ran.</summary>
    [JsonConverter(typeof(SecondsConverter))]
    public TimeSpan? CpuTime { get; init; }

    /// <summary>The most memory everything in the sandbox used at one time while the command ran, files in memory included, in bytes.</summary>
    public long? MemoryPeak { get; init; }

    /// <summary>The number of the signal that ended the command; null when none did.</summary>
    public int? Signal { get; init; }

    /// <summary>How the command ended.</summary>
    public Verdict? Verdict { get; init; }

    /// <summary>Whether <see cref="Stdout"/> was cut at the output limit.</summary>
    public bool StdoutTruncated { get; init; }

    /// <summary>Whether <see cref="Stderr"/> was cut at the output limit.</summary>
    public bool StderrTruncated { get; init; }

    /// <summary>Bytes written to standard output in all, those cut included.</summary>
    public long? StdoutBytes { get; init; }

    /// <summary>Bytes written to standard error in all, those cut included.</summary>
    public long? StderrBytes { get; init; }

    /// <summary>Whether standard output was valid UTF-8, so that <see cref="Stdout"/> has nothing replaced.</summary>
    public bool? StdoutUtf8 { get; init; }

    /// <summary>Whether standard error was valid UTF-8, so that <see cref="Stderr"/> has nothing replaced.</summary>
    public bool? StderrUtf8 { get; init; }
}
