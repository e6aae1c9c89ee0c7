using SandboxApi.Client.Errors;

namespace SandboxApi;

/// <summary>The server answered 502 (Bad Gateway).</summary>
public sealed class SandboxBadGatewayException : SandboxHttpException
{
    internal SandboxBadGatewayException(HttpFailure failure)
        : base(failure)
    {
    }
}
