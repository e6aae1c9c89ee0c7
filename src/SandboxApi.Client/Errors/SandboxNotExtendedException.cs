using SandboxApi.Client.Errors;

namespace SandboxApi;

/// <summary>The server answered 510 (Not Extended).</summary>
public sealed class SandboxNotExtendedException : SandboxHttpException
{
    internal SandboxNotExtendedException(HttpFailure failure)
        : base(failure)
    {
    }
}
