using SandboxApi.Client.Errors;

namespace SandboxApi;

/// <summary>The server answered 409 (Conflict).</summary>
public sealed class SandboxConflictException : SandboxHttpException
{
    internal SandboxConflictException(HttpFailure failure)
        : base(failure)
    {
    }
}
