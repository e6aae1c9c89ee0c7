using SandboxApi.Client.Errors;

namespace SandboxApi;

/// <summary>The server answered 417 (Expectation Failed).</summary>
public sealed class SandboxExpectationFailedException : SandboxHttpException
{
    internal SandboxExpectationFailedException(HttpFailure failure)
        : base(failure)
    {
    }
}
