using SandboxApi.Client.Errors;

namespace SandboxApi;

/// <summary>The server answered 307 (Temporary Redirect).</summary>
public sealed class SandboxTemporaryRedirectException : SandboxHttpException
{
    internal SandboxTemporaryRedirectException(HttpFailure failure)
        : base(failure)
    {
    }
}
