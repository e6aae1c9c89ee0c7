using SandboxApi.Client.Errors;

namespace SandboxApi;

/// <summary>The server answered 403 (Forbidden).</summary>
public sealed class SandboxForbiddenException : SandboxHttpException
{
    internal SandboxForbiddenException(HttpFailure failure)
        : base(failure)
    {
    }
}
