using SandboxApi.Client.Errors;

namespace SandboxApi;

/// <summary>The server answered 429 (Too Many Requests).</summary>
public sealed class SandboxTooManyRequestsException : SandboxHttpException
{
    internal SandboxTooManyRequestsException(HttpFailure failure)
        : base(failure)
    {
    }
}
