using SandboxApi.Client.Errors;

namespace SandboxApi;

/// <summary>The server answered 503 (Service Unavailable): no sandbox was free in time, or the server is being stopped; <see cref="SandboxHttpException.RetryAfter"/> may say when to try again.</summary>
public sealed class SandboxServiceUnavailableException : SandboxHttpException
{
    internal SandboxServiceUnavailableException(HttpFailure failure)
        : base(failure)
    {
    }
}
