using SandboxApi.Client.Errors;

namespace SandboxApi;

/// <summary>The server answered 416 (Range Not Satisfiable).</summary>
public sealed class SandboxRangeNotSatisfiableException : SandboxHttpException
{
    internal SandboxRangeNotSatisfiableException(HttpFailure failure)
        : base(failure)
    {
    }
}
