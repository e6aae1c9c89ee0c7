using SandboxApi.Client.Errors;

namespace SandboxApi;

/// <summary>The server answered 405 (Method Not Allowed).</summary>
public sealed class SandboxMethodNotAllowedException : SandboxHttpException
{
    internal SandboxMethodNotAllowedException(HttpFailure failure)
        : base(failure)
    {
    }
}
