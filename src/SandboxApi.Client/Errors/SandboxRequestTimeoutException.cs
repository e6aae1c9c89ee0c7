using SandboxApi.Client.Errors;

namespace SandboxApi;

/// <summary>The server answered 408 (Request Timeout).</summary>
public sealed class SandboxRequestTimeoutException : SandboxHttpException
{
    internal SandboxRequestTimeoutException(HttpFailure failure)
        : base(failure)
    {
    }
}
