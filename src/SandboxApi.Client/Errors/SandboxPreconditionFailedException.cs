using SandboxApi.Client.Errors;

namespace SandboxApi;

/// <summary>The server answered 412 (Precondition Failed).</summary>
public sealed class SandboxPreconditionFailedException : SandboxHttpException
{
    internal SandboxPreconditionFailedException(HttpFailure failure)
        : base(failure)
    {
    }
}
