using SandboxApi.Client.Errors;

namespace SandboxApi;

/// <summary>The server answered 508 (Loop Detected).</summary>
public sealed class SandboxLoopDetectedException : SandboxHttpException
{
    internal SandboxLoopDetectedException(HttpFailure failure)
        : base(failure)
    {
    }
}
