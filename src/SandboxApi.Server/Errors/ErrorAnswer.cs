using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;

namespace SandboxApi.Server.Errors;

/// <summary>The one place that says which HTTP answer an error gets.</summary>
internal sealed record ErrorAnswer(int Status, SandboxErrorCode Code, string Detail)
{
    internal IReadOnlyList<Violation> Violations { get; init; } = [];

    internal IReadOnlyList<KeyValuePair<string, string>> Headers { get; init; } = [];

    /// <summary>Whether this is our own failure, whose cause the log must tell.</summary>
    internal bool IsFailure => Status == StatusCodes.Status500InternalServerError;

    /// <summary>The answer to an exception.</summary>
    /// <param name="exception">What was thrown.</param>
    /// <param name="requestId">What finds the request in the log.</param>
    internal static ErrorAnswer To(Exception exception, string requestId) => exception switch
    {
        RequestException own => new(own.Status, own.Code, own.Message) { Headers = own.Headers },
        SandboxException sandbox => new(StatusOf(sandbox.Code), sandbox.Code, sandbox.Message) { Violations = sandbox.Violations, Headers = HeadersOf(sandbox.Code) },
        BadHttpRequestException { StatusCode: StatusCodes.Status413PayloadTooLarge } => new(StatusCodes.Status413PayloadTooLarge, SandboxErrorCode.TooLarge, "The request body is larger than this server takes; its operator sets max-archive-size and max-config-size."),
        BadHttpRequestException { StatusCode: StatusCodes.Status408RequestTimeout } => new(StatusCodes.Status408RequestTimeout, SandboxErrorCode.InvalidRequest, "The request body came too slowly; its operator sets min-data-rate."),
        BadHttpRequestException bad => new(bad.StatusCode, SandboxErrorCode.InvalidRequest, "The request could not be read: " + bad.Message),
        _ => new(StatusCodes.Status500InternalServerError, SandboxErrorCode.Internal, $"The server failed; its log tells why, under the id {requestId}."),
    };

    /// <summary>The answer to a status that routing has set, with no body yet.</summary>
    internal static ErrorAnswer To(int status, HttpContext context)
    {
        var path = context.Request.Path.Value;
        return status switch
        {
            StatusCodes.Status404NotFound => new(status, SandboxErrorCode.NotFound, $"There is nothing at {path}; /openapi.json lists what there is."),
            StatusCodes.Status405MethodNotAllowed => new(status, SandboxErrorCode.InvalidRequest, $"{context.Request.Method} is not possible at {path}, only {context.Response.Headers.Allow}."),
            _ => new(status, SandboxErrorCode.InvalidRequest, $"The request was refused with status {status}."),
        };
    }

    internal Problem ToProblem() => new()
    {
        Type = "about:blank",
        Title = ReasonPhrases.GetReasonPhrase(Status),
        Status = Status,
        Detail = Detail,
        Code = JsonNamingPolicy.SnakeCaseLower.ConvertName(Code.ToString()),
        Violations = Violations.Count == 0 ? null : Violations,
    };

    internal static int StatusOf(SandboxErrorCode code) => code switch
    {
        SandboxErrorCode.InvalidConfig or SandboxErrorCode.InvalidRequest or SandboxErrorCode.InvalidArchive => StatusCodes.Status400BadRequest,
        SandboxErrorCode.Unauthorized => StatusCodes.Status401Unauthorized,
        SandboxErrorCode.Forbidden => StatusCodes.Status403Forbidden,
        SandboxErrorCode.NotFound => StatusCodes.Status404NotFound,
        SandboxErrorCode.TooLarge => StatusCodes.Status413PayloadTooLarge,
        SandboxErrorCode.Busy or SandboxErrorCode.ShuttingDown => StatusCodes.Status503ServiceUnavailable,

        // A sandbox that is itself a client of another server.
        SandboxErrorCode.Timeout => StatusCodes.Status504GatewayTimeout,
        SandboxErrorCode.Unreachable or SandboxErrorCode.NotASandbox => StatusCodes.Status502BadGateway,
        SandboxErrorCode.NotSupported => StatusCodes.Status501NotImplemented,
        _ => StatusCodes.Status500InternalServerError,
    };

    private static KeyValuePair<string, string>[] HeadersOf(SandboxErrorCode code) => code switch
    {
        SandboxErrorCode.Busy => [new("Retry-After", "1")],
        SandboxErrorCode.ShuttingDown => [new("Retry-After", "10")],
        _ => [],
    };
}
