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
        PlatformNotSupportedException => OfSentences(exception.Message, "run 'sandbox doctor' for every protection and its fix"),
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
        // The request and the status say nothing that the server's own sentence does not.
        var message = sandbox is SandboxHttpException { Problem.Detail: { Length: > 0 } detail } ? detail : sandbox.Message;
        if (sandbox is not SandboxHttpException)
            message = SettingNames.Told(WithoutPropertyNames(message), new Dictionary<string, string>());
        var (what, advice) = sandbox.Code is SandboxErrorCode.InvalidConfig ? (message.TrimEnd('.'), null)
            : sandbox.Code is SandboxErrorCode.Busy or SandboxErrorCode.ShuttingDown ? (Sentences.First(message), null)
            : Sentences.Split(message);
        return new(what, Remedies.Of(sandbox, what) ?? advice ?? Remedies.Otherwise(sandbox), sandbox.Code, IsUsage: false, sandbox.Violations);
    }

    private static ErrorReport OfSentences(string message, string remedy)
    {
        var (what, advice) = Sentences.Split(SettingNames.Told(message, new Dictionary<string, string>()));
        return new(what, advice ?? remedy, SandboxErrorCode.Unknown, IsUsage: false, []);
    }

    /// <summary>The client names its limits as a program sets them.</summary>
    private static string WithoutPropertyNames(string message) => TimeoutName().Replace(message, "");

    [GeneratedRegex(@" \((?:Socket)?(?:Connect|Read)?Timeout[^)]*\)")]
    private static partial Regex TimeoutName();
}
