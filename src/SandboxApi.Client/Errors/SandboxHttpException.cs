using System.Net;
using SandboxApi.Client.Errors;

namespace SandboxApi;

/// <summary>The server answered with a status of 300 or above; each status of the protocol has a class of its own, any other is this class itself.</summary>
public class SandboxHttpException : SandboxException
{
    internal SandboxHttpException(HttpFailure failure)
        : base(failure.Code, failure.Message)
    {
        Response = failure.Response;
        Body = failure.Body;
        Problem = failure.Problem;
        RetryAfter = failure.RetryAfter;
        Violations = failure.Problem?.Violations ?? [];
    }

    /// <summary>The status.</summary>
    public HttpStatusCode StatusCode => Response.StatusCode;

    /// <summary>The body as problem details; null when it is something else (the original server answers HTML or plain text).</summary>
    public Problem? Problem { get; }

    /// <summary>The answer with its headers and, buffered, the first 64 KiB of its body; its request holds no API key.</summary>
    public HttpResponseMessage Response { get; }

    /// <summary>The first 64 KiB of the body as text; empty when there is none.</summary>
    public string Body { get; }

    /// <summary>How long the server asks to wait before the next try; null when it does not.</summary>
    public TimeSpan? RetryAfter { get; }

    /// <summary>The exception that stands for the given answer; also for tests of code that handles it.</summary>
    /// <param name="response">An answer with a status of 300 or above; the exception keeps it.</param>
    /// <param name="body">Its body.</param>
    public static SandboxHttpException From(HttpResponseMessage response, string body = "")
    {
        ArgumentNullException.ThrowIfNull(response);
        ArgumentNullException.ThrowIfNull(body);
        return HttpFailure.Of(response, body).ToException();
    }
}
