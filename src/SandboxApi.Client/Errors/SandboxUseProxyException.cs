using SandboxApi.Client.Errors;

namespace SandboxApi;

/// <summary>The server answered 305 (Use Proxy).</summary>
public sealed class SandboxUseProxyException : SandboxHttpException
{
    internal SandboxUseProxyException(HttpFailure failure)
        : base(failure)
    {
    }
}
