using System.Text.Json.Serialization;
using SandboxApi.Json;

namespace SandboxApi;

/// <summary>What a run did.</summary>
public sealed record ExecutionResult
{
    /// <summary>0 when the run went through, the failing command's exit code, or one of <see cref="ExecutionStatus"/>.</summary>
    public required int Status { get; init; }

    /// <summary>The commands that were run, in order; those after a failure are absent.</summary>
    public required IReadOnlyList<CommandResult> Execution { get; init; }

    /// <summary>The time of the whole request, at least the sum of the commands' times.</summary>
    [JsonConverter(typeof(SecondsConverter))]
    public required TimeSpan TotalTime { get; init; }

    /// <summary>The text of the result file, when one was asked for and read; null where exact output was asked for and it is not UTF-8.</summary>
    [JsonConverter(typeof(LongTextConverter))]
    public string? Result { get; init; }

    /// <summary>The id of the saved environment, when saving was asked for and done.</summary>
    public Guid? Environment { get; init; }

    /// <summary>When the saved environment is deleted.</summary>
    [JsonConverter(typeof(ExpireConverter))]
    public DateTimeOffset? Expire { get; init; }

    /// <summary>Where the time went; null from a server that does not tell.</summary>
    public Timings? Timings { get; init; }

    /// <summary>What the sandbox has to add in words: why a status is -1, or why saving was not possible; usually null.</summary>
    public string? Message { get; init; }

    /// <summary>The very bytes of the result file, made anew at each call; null where there are none or they are unknown: exact output was not asked for (<see cref="OutputForm.Exact"/>), or the server does not know it.</summary>
    [JsonIgnore]
    public ReadOnlyMemory<byte>? ResultContent => ExactBytes.Of(Execution.Any(command => command.Exact == true), ResultBase64, Result);

    /// <summary>With exact output the bytes of the result file, where it is not UTF-8; <c>result</c> is absent then.</summary>
    [JsonInclude]
    [JsonConverter(typeof(LongBytesConverter))]
    internal byte[]? ResultBase64 { get; init; }

    /// <summary>Whether the run went through: <see cref="Status"/> is 0.</summary>
    [JsonIgnore]
    public bool IsSuccess => Status == 0;

    /// <summary>This result, when the run went through.</summary>
    /// <exception cref="ExecutionFailedException">The status is not 0; the message names the command and what it wrote to stderr.</exception>
    public ExecutionResult EnsureSuccess() => IsSuccess ? this : throw new ExecutionFailedException(this);
}
