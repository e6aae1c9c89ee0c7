using System.Collections.ObjectModel;
using SandboxApi.Json;

namespace SandboxApi;

/// <summary>What to run: an ordered list of commands, and where they start from.</summary>
public sealed record ExecutionConfig
{
    /// <summary>The commands, run in order with <c>bash -c</c> until one fails; at least one.</summary>
    public required IReadOnlyList<Command> Commands { get; init; }

    /// <summary>Environment variables of the commands, added to the sandbox's own; empty by default.</summary>
    public IReadOnlyDictionary<string, string> Environ { get; init; } = ReadOnlyDictionary<string, string>.Empty;

    /// <summary>The stored environment whose files the working directory starts with; null for an empty one.</summary>
    public Guid? Environment { get; init; }

    /// <summary>The file, relative to the working directory, whose text becomes <see cref="ExecutionResult.Result"/>; null for none.</summary>
    public string? ResultPath { get; init; }

    /// <summary>Whether to keep the working directory afterwards as a new stored environment; false by default.</summary>
    public bool Save { get; init; }

    /// <summary>What every command without a <see cref="Command.Stdin"/> of its own reads from standard input; null for nothing.</summary>
    public string? Stdin { get; init; }

    /// <summary>Limits of every command that does not set its own; they can only lower the operator's.</summary>
    public Limits? Limits { get; init; }

    /// <summary>In which form the output of all commands comes back; null for the original protocol's, trimmed text. A server of the original protocol ignores it, and its results say so: <see cref="CommandResult.Exact"/> is null.</summary>
    public OutputForm? Output { get; init; }

    /// <summary>A config of the given commands and nothing else.</summary>
    public static ExecutionConfig Of(params IEnumerable<Command> commands) => new() { Commands = [.. commands] };

    /// <summary>Reads a config as it travels: a JSON object.</summary>
    /// <param name="json">UTF-8.</param>
    /// <exception cref="SandboxException">
    /// <see cref="SandboxErrorCode.InvalidConfig"/> with every violation; or <see cref="SandboxErrorCode.NotFound"/> when all is well but <c>environment</c> is no UUID.
    /// </exception>
    public static ExecutionConfig Parse(ReadOnlyMemory<byte> json) => ConfigReader.Read(json);

    /// <summary>Everything that keeps this config from being run, each with the name of its field; empty when it can be.</summary>
    public IReadOnlyList<Violation> Validate() => ConfigValidator.Validate(this);

    /// <summary>Throws what a server would answer when <see cref="Validate"/> finds anything.</summary>
    /// <exception cref="SandboxException"><see cref="SandboxErrorCode.InvalidConfig"/> with every violation.</exception>
    public void EnsureValid()
    {
        var violations = Validate();
        if (violations.Count > 0)
            throw SandboxException.Invalid(violations);
    }

    /// <summary>The config as it travels: UTF-8 of a JSON object.</summary>
    public byte[] ToJson() => ConfigWriter.Write(this);
}
