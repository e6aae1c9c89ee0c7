using SandboxApi.Client.Errors;

namespace SandboxApi;

/// <summary>The server answered 308 (Permanent Redirect).</summary>
public sealed class SandboxPermanentRedirectException : SandboxHttpException
{
    internal SandboxPermanentRedirectException(HttpFailure failure)
        : base(failure)
    {
    }
}
