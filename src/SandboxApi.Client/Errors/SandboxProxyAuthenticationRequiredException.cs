using SandboxApi.Client.Errors;

namespace SandboxApi;

/// <summary>The server answered 407 (Proxy Authentication Required).</summary>
public sealed class SandboxProxyAuthenticationRequiredException : SandboxHttpException
{
    internal SandboxProxyAuthenticationRequiredException(HttpFailure failure)
        : base(failure)
    {
    }
}
