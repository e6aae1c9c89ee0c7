using SandboxApi.Client.Errors;

namespace SandboxApi;

/// <summary>The server answered 428 (Precondition Required).</summary>
public sealed class SandboxPreconditionRequiredException : SandboxHttpException
{
    internal SandboxPreconditionRequiredException(HttpFailure failure)
        : base(failure)
    {
    }
}
