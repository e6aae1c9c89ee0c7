using SandboxApi.Client.Errors;

namespace SandboxApi;

/// <summary>The server answered 504 (Gateway Timeout).</summary>
public sealed class SandboxGatewayTimeoutException : SandboxHttpException
{
    internal SandboxGatewayTimeoutException(HttpFailure failure)
        : base(failure)
    {
    }
}
