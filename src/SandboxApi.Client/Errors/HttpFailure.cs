using System.Text.Json;
using SandboxApi.Client.Transport;
using SandboxApi.Json;

namespace SandboxApi.Client.Errors;

/// <summary>What an answer with a status of 300 or above says.</summary>
internal sealed partial record HttpFailure(HttpResponseMessage Response, string Body, Problem? Problem, SandboxErrorCode Code, string Message, TimeSpan? RetryAfter)
{
    /// <param name="response">The answer.</param>
    /// <param name="body">Its body.</param>
    /// <param name="mustExist">Whether every sandbox server has what was asked for.</param>
    internal static HttpFailure Of(HttpResponseMessage response, string body, bool mustExist = false)
    {
        var problem = ReadProblem(body);
        var message = Describe(response, body, problem);
        return mustExist && problem is null && (int)response.StatusCode is 404 or 405 or 501
            ? new(response, body, problem, SandboxErrorCode.NotASandbox, message.TrimEnd('.') + ". Every sandbox server has this path, so this is none; check the URL.", RetryAfterOf(response))
            : new(response, body, problem, CodeOf(response, problem), message, RetryAfterOf(response));
    }

    private static Problem? ReadProblem(string body)
    {
        if (!body.AsSpan().TrimStart().StartsWith('{'))
            return null;
        try
        {
            var problem = JsonSerializer.Deserialize(body, SandboxJsonContext.Relaxed.Problem);
            return problem is { Detail: null, Title: null, Code: null, Violations: null } ? null : problem;
        }
        catch (JsonException)
        {
            // Not ours: the message shows an excerpt of it instead.
            return null;
        }
    }

    private static SandboxErrorCode CodeOf(HttpResponseMessage response, Problem? problem)
    {
        if (problem?.Code is { Length: > 0 } code && char.IsAsciiLetter(code[0])
            && Enum.TryParse<SandboxErrorCode>(code.Replace("_", "", StringComparison.Ordinal), ignoreCase: true, out var known))
            return known;
        return (int)response.StatusCode switch
        {
            400 or 422 when problem?.Violations is { Count: > 0 } => SandboxErrorCode.InvalidConfig,
            401 or 403 or 407 or 511 => SandboxErrorCode.Unauthorized,
            404 or 410 => SandboxErrorCode.NotFound,
            413 => SandboxErrorCode.TooLarge,
            429 or 503 => SandboxErrorCode.Busy,
            >= 400 and < 500 => SandboxErrorCode.InvalidRequest,
            >= 500 and < 600 => SandboxErrorCode.Internal,
            _ => SandboxErrorCode.Unknown,
        };
    }

    private static string Describe(HttpResponseMessage response, string body, Problem? problem)
    {
        var status = (int)response.StatusCode;
        var reason = string.IsNullOrEmpty(response.ReasonPhrase) ? "" : $" ({Excerpt.Of(response.ReasonPhrase)})";
        var said = problem is null ? Excerpt.Of(body) : problem.Detail ?? problem.Title ?? "";
        if (said.Length == 0 && problem?.Violations is { Count: > 0 } violations)
            said = string.Join("; ", violations);
        var where = response.RequestMessage?.RequestUri is { } url ? $"{response.RequestMessage.Method} {url}: " : "";
        var hint = status < 400 && response.Headers.Location is { } location
            ? $" It points to {location}; redirects are not followed, so give the client the URL of the sandbox server itself."
            : "";
        return $"{where}the server answered {status}{reason}{(said.Length == 0 ? "." : ": " + said)}{hint}";
    }

    private static TimeSpan? RetryAfterOf(HttpResponseMessage response)
    {
        var header = response.Headers.RetryAfter;
        var wait = header?.Delta ?? (header?.Date is { } date ? date - TimeProvider.System.GetUtcNow() : null);
        return wait < TimeSpan.Zero ? TimeSpan.Zero : wait;
    }
}
