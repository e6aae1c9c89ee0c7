using SandboxApi.Client.Errors;

namespace SandboxApi;

/// <summary>The server answered 402 (Payment Required).</summary>
public sealed class SandboxPaymentRequiredException : SandboxHttpException
{
    internal SandboxPaymentRequiredException(HttpFailure failure)
        : base(failure)
    {
    }
}
