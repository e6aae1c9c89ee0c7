using System.Text.RegularExpressions;
using SandboxApi.Cli.Terminals;
using SandboxApi.Server.Configuration;

namespace SandboxApi.Cli.Errors;

/// <summary>The one place that turns what went wrong into a sentence, a remedy and a stable code.</summary>
internal sealed partial record ErrorReport(string What, string Remedy, SandboxErrorCode Code, bool IsUsage, IReadOnlyList<Violation> Violations)
{
    internal static ErrorReport Of(Exception exception) => exception switch
    {
        CliException cli => new(cli.Message, cli.Remedy, SandboxErrorCode.InvalidRequest, cli.IsUsage, []),
        SandboxException sandbox => OfSandbox(sandbox),
        PlatformNotSupportedException => OfSentences(exception.Message, "run 'sandbox doctor' for every protection and its fix", SandboxErrorCode.Unknown, []),
        ArgumentException { ParamName: var parameter } => new(exception.Message.Replace($" (Parameter '{parameter}')", "", StringComparison.Ordinal), "correct the setting", SandboxErrorCode.InvalidRequest, IsUsage: true, []),
        OutputFailedException output => new(output.Message, "make room there, or write elsewhere", SandboxErrorCode.Unknown, IsUsage: false, []),
        UnauthorizedAccessException => new(exception.Message, "check the permissions of the file", SandboxErrorCode.Unknown, IsUsage: false, []),
        IOException => new(exception.Message, "check the path and the space on the disk", SandboxErrorCode.Unknown, IsUsage: false, []),
        _ => new($"unexpected {exception.GetType().Name}: {exception.Message}", "please report this; SANDBOX_DEBUG=1 shows the stack trace", SandboxErrorCode.Internal, IsUsage: false, []),
    };

    /// <summary>The single line for standard error: whatever a server or a file name put into the message, it stays one line without escapes.</summary>
    internal string Line => $"sandbox: {EscapeFilter.Line(What.TrimEnd().TrimEnd('.'))}: {EscapeFilter.Line(Remedy)}";

    /// <summary>What <c>--json</c> prints when a signal stopped us.</summary>
    internal static Problem Interrupted { get; } = new() { Title = "The command was interrupted.", Detail = "A signal stopped it before it was done; what ran was ended.", Code = "interrupted" };

    internal Problem ToProblem() => new()
    {
        Title = "The command could not be carried out.",
        Detail = What,
        Code = System.Text.Json.JsonNamingPolicy.SnakeCaseLower.ConvertName(Code.ToString()),
        Violations = Violations.Count == 0 ? null : Violations,
    };

    /// <summary>One error, one advice: ours where we know the options that matter here, else the one that came with it.</summary>
    private static ErrorReport OfSandbox(SandboxException sandbox)
    {
        if (RemedyOf(sandbox.Code) is not { } remedy)
            return OfSentences(sandbox.Message, "the log of the sandbox says more", sandbox.Code, sandbox.Violations);

        // What a server's answer says is not taken apart: it may be anything.
        var what = sandbox.Code is SandboxErrorCode.Unreachable or SandboxErrorCode.Timeout or SandboxErrorCode.Busy or SandboxErrorCode.ShuttingDown or SandboxErrorCode.NotASandbox
            ? WithoutPropertyNames(Sentences.First(sandbox.Message))
            : sandbox.Message;
        return new(what, remedy, sandbox.Code, IsUsage: false, sandbox.Violations);
    }

    private static ErrorReport OfSentences(string message, string remedy, SandboxErrorCode code, IReadOnlyList<Violation> violations)
    {
        var told = SettingNames.Told(message, new Dictionary<string, string>());
        var what = Sentences.First(told);
        return new(what, what.Length < told.Length ? Sentences.Shortened(told[what.Length..].TrimStart(' ', '.')) : remedy, code, IsUsage: false, violations);
    }

    /// <summary>The client names its limits as a program sets them.</summary>
    private static string WithoutPropertyNames(string sentence) => TimeoutName().Replace(sentence, "");

    [GeneratedRegex(@" \((?:Socket)?(?:Connect|Read)?Timeout[^)]*\)")]
    private static partial Regex TimeoutName();

    private static string? RemedyOf(SandboxErrorCode code) => code switch
    {
        SandboxErrorCode.InvalidConfig => "correct what is named and try again ('sandbox validate' checks a config)",
        SandboxErrorCode.InvalidRequest => "check that the server and this program have the same version",
        SandboxErrorCode.InvalidArchive => "pass a gzip-compressed tar of plain files and directories",
        SandboxErrorCode.NotFound => "check the id and the path; stored environments expire",
        SandboxErrorCode.TooLarge => "send less, or ask the operator to raise the limit",
        SandboxErrorCode.Unauthorized => "pass the server's key with --api-key or SANDBOX_API_KEY",
        SandboxErrorCode.Busy => "try again in a moment",
        SandboxErrorCode.ShuttingDown => "try again when the server is back",
        SandboxErrorCode.Timeout => "try again, or wait longer with --server-timeout",
        SandboxErrorCode.Unreachable => "check the address, or start a server with 'sandbox serve'",
        SandboxErrorCode.NotASandbox => "check the address given by --server or SANDBOX_SERVER",
        _ => null,
    };
}
