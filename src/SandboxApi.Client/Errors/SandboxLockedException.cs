using SandboxApi.Client.Errors;

namespace SandboxApi;

/// <summary>The server answered 423 (Locked).</summary>
public sealed class SandboxLockedException : SandboxHttpException
{
    internal SandboxLockedException(HttpFailure failure)
        : base(failure)
    {
    }
}
