using SandboxApi.Client.Errors;

namespace SandboxApi;

/// <summary>The server answered 302 (Found).</summary>
public sealed class SandboxFoundException : SandboxHttpException
{
    internal SandboxFoundException(HttpFailure failure)
        : base(failure)
    {
    }
}
