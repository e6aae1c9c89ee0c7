using System.Text.Json.Serialization;
using SandboxApi.Json;

namespace SandboxApi;

/// <summary>What one command did. What a server does not tell, as one of the original protocol does not, is null.</summary>
public sealed record CommandResult
{
    /// <summary>The command, without its leading <c>-</c>.</summary>
    public required string Command { get; init; }

    /// <summary>The exit code, 128+N after signal N, or -2 after a timeout.</summary>
    public required int ExitCode { get; init; }

    /// <summary>Standard output; bytes that are no UTF-8 are replaced by U+FFFD. Without leading and trailing white space, unless exact output was asked for.</summary>
    [JsonConverter(typeof(LongTextConverter))]
    public required string Stdout { get; init; }

    /// <summary>Standard error, likewise; after a timeout it ends with a sentence that says so, unless exact output was asked for.</summary>
    [JsonConverter(typeof(LongTextConverter))]
    public required string Stderr { get; init; }

    /// <summary>Wall-clock time from start to end of the shell, and the grace in which what it left behind could still write.</summary>
    [JsonConverter(typeof(SecondsConverter))]
    public required TimeSpan Time { get; init; }

    /// <summary>CPU time (user and system) of everything in the sandbox while the command ran.</summary>
    [JsonConverter(typeof(SecondsConverter))]
    public TimeSpan? CpuTime { get; init; }

    /// <summary>The most memory everything in the sandbox held at one time while the command ran, files that it wrote included, in bytes. Files that were only read are not counted, so the figure does not depend on what others read before.</summary>
    public long? MemoryPeak { get; init; }

    /// <summary>The number of the signal that ended the command; null when none did.</summary>
    public int? Signal { get; init; }

    /// <summary>How the command ended.</summary>
    public Verdict? Verdict { get; init; }

    /// <summary>Whether <see cref="Stdout"/> was cut at the output limit; null from a server that does not tell.</summary>
    public bool? StdoutTruncated { get; init; }

    /// <summary>Whether <see cref="Stderr"/> was cut at the output limit; null from a server that does not tell.</summary>
    public bool? StderrTruncated { get; init; }

    /// <summary>Bytes written to standard output in all, those cut included.</summary>
    public long? StdoutBytes { get; init; }

    /// <summary>Bytes written to standard error in all, those cut included.</summary>
    public long? StderrBytes { get; init; }

    /// <summary>Whether standard output was valid UTF-8, so that <see cref="Stdout"/> has nothing replaced.</summary>
    public bool? StdoutUtf8 { get; init; }

    /// <summary>Whether standard error was valid UTF-8, so that <see cref="Stderr"/> has nothing replaced.</summary>
    public bool? StderrUtf8 { get; init; }

    /// <summary>Whether the command spent its end at its memory limit, waiting for pages of programs and files that the kernel had to throw out although they were needed. Null from a server that does not tell.</summary>
    public bool? AtMemoryLimit { get; init; }

    /// <summary>Whether a process still held standard output or standard error open when the grace after the shell's end was over: what it wrote later is in no answer. Null from a server that does not tell.</summary>
    public bool? OutputLeftOpen { get; init; }

    /// <summary>What the sandbox itself says of the command's end, such as <c>Command timed out after 1 seconds</c>; null when it has nothing to say.</summary>
    public string? Message { get; init; }

    /// <summary>Whether the output is exact, nothing of it changed: true, or null where that was not asked for (<see cref="OutputForm"/>) or the server does not know it.</summary>
    public bool? Exact { get; init; }

    /// <summary>The end of a standard output that was cut although its beginning and its end were to be kept (<see cref="OutputPart.Both"/>); <see cref="Stdout"/> is its beginning then. Null when nothing was cut.</summary>
    [JsonConverter(typeof(LongTextConverter))]
    public string? StdoutTail { get; init; }

    /// <summary>The end of a cut standard error, likewise.</summary>
    [JsonConverter(typeof(LongTextConverter))]
    public string? StderrTail { get; init; }

    /// <summary>The very bytes of <see cref="Stdout"/>, made anew at each call; null where they are unknown: exact output was not asked for, or the server does not know it.</summary>
    [JsonIgnore]
    public ReadOnlyMemory<byte>? StdoutContent => ExactBytes.Of(Exact == true, StdoutBase64, Stdout);

    /// <summary>The very bytes of <see cref="Stderr"/>, likewise.</summary>
    [JsonIgnore]
    public ReadOnlyMemory<byte>? StderrContent => ExactBytes.Of(Exact == true, StderrBase64, Stderr);

    /// <summary>The very bytes of <see cref="StdoutTail"/>, likewise.</summary>
    [JsonIgnore]
    public ReadOnlyMemory<byte>? StdoutTailContent => ExactBytes.Of(Exact == true, StdoutTailBase64, StdoutTail);

    /// <summary>The very bytes of <see cref="StderrTail"/>, likewise.</summary>
    [JsonIgnore]
    public ReadOnlyMemory<byte>? StderrTailContent => ExactBytes.Of(Exact == true, StderrTailBase64, StderrTail);

    /// <summary>With exact output the bytes of <c>stdout</c>, only where they are not the UTF-8 of that text.</summary>
    [JsonInclude]
    [JsonConverter(typeof(LongBytesConverter))]
    internal byte[]? StdoutBase64 { get; init; }

    /// <summary>With exact output the bytes of <c>stderr</c>, only where they are not the UTF-8 of that text.</summary>
    [JsonInclude]
    [JsonConverter(typeof(LongBytesConverter))]
    internal byte[]? StderrBase64 { get; init; }

    /// <summary>With exact output the bytes of <c>stdout_tail</c>, only where they are not the UTF-8 of that text.</summary>
    [JsonInclude]
    [JsonConverter(typeof(LongBytesConverter))]
    internal byte[]? StdoutTailBase64 { get; init; }

    /// <summary>With exact output the bytes of <c>stderr_tail</c>, only where they are not the UTF-8 of that text.</summary>
    [JsonInclude]
    [JsonConverter(typeof(LongBytesConverter))]
    internal byte[]? StderrTailBase64 { get; init; }
}
