using System.Diagnostics.CodeAnalysis;

namespace SandboxApi;

/// <summary>One command of a run: a text given to <c>bash -c</c>.</summary>
public sealed record Command
{
    /// <summary>The longest command and the longest <c>NAME=value</c>, in bytes of UTF-8: Linux's MAX_ARG_STRLEN less the closing NUL (execve(2)).</summary>
    public const int MaxBytes = 131_071;

    /// <summary>An empty command; set <see cref="Text"/>.</summary>
    public Command()
    {
    }

    /// <summary>A command of the given text.</summary>
    [SetsRequiredMembers]
    public Command(string text) => Text = text;

    /// <summary>The command; a leading <c>-</c> is not part of what runs and means that its failure does not stop the run.</summary>
    public required string Text { get; init; }

    /// <summary>The longest the command may take, wall-clock; null or zero for what is left of the run. The operator's limits still hold.</summary>
    public TimeSpan? Timeout
    {
        get;
        init
        {
            field = value;
            // A copy with another timeout must not keep the old one's text.
            TimeoutText = null;
        }
    }

    /// <summary>What the command reads from standard input; null for the run's <see cref="ExecutionConfig.Stdin"/>.</summary>
    public string? Stdin { get; init; }

    /// <summary>Limits of this command; what is null falls back to the run's <see cref="ExecutionConfig.Limits"/>, then to the operator's, which a request can only lower.</summary>
    public Limits? Limits { get; init; }

    /// <summary>Whether a failure of this command lets the run go on: the text starts with <c>-</c>.</summary>
    public bool IgnoresFailure => Text.StartsWith('-');

    /// <summary>The text that runs and is echoed in the result: without its leading <c>-</c>.</summary>
    public string Script => IgnoresFailure ? Text[1..] : Text;

    /// <summary>The timeout as the client wrote it (<c>1</c>, <c>1.0</c>, <c>0.2</c>), for the sentence that a timed-out command's stderr ends with; set it after <see cref="Timeout"/>.</summary>
    internal string? TimeoutText { get; init; }

    /// <summary>A command of the given text.</summary>
    public static implicit operator Command(string text) => new(text);

    /// <summary>A command of the given text.</summary>
    public static Command FromString(string text) => new(text);
}
