using SandboxApi.Client.Errors;

namespace SandboxApi;

/// <summary>The server answered 411 (Length Required).</summary>
public sealed class SandboxLengthRequiredException : SandboxHttpException
{
    internal SandboxLengthRequiredException(HttpFailure failure)
        : base(failure)
    {
    }
}
