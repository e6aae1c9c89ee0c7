using SandboxApi.Client.Errors;

namespace SandboxApi;

/// <summary>The server answered 406 (Not Acceptable).</summary>
public sealed class SandboxNotAcceptableException : SandboxHttpException
{
    internal SandboxNotAcceptableException(HttpFailure failure)
        : base(failure)
    {
    }
}
