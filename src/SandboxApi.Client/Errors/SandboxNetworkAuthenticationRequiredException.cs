using SandboxApi.Client.Errors;

namespace SandboxApi;

/// <summary>The server answered 511 (Network Authentication Required).</summary>
public sealed class SandboxNetworkAuthenticationRequiredException : SandboxHttpException
{
    internal SandboxNetworkAuthenticationRequiredException(HttpFailure failure)
        : base(failure)
    {
    }
}
