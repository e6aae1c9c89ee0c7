using SandboxApi.Client.Errors;

namespace SandboxApi;

/// <summary>The server answered 300 (Multiple Choices).</summary>
public sealed class SandboxMultipleChoicesException : SandboxHttpException
{
    internal SandboxMultipleChoicesException(HttpFailure failure)
        : base(failure)
    {
    }
}
