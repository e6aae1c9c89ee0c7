using SandboxApi.Client.Errors;

namespace SandboxApi;

/// <summary>The server answered 501 (Not Implemented).</summary>
public sealed class SandboxNotImplementedException : SandboxHttpException
{
    internal SandboxNotImplementedException(HttpFailure failure)
        : base(failure)
    {
    }
}
