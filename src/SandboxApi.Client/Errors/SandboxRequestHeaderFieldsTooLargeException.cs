using SandboxApi.Client.Errors;

namespace SandboxApi;

/// <summary>The server answered 431 (Request Header Fields Too Large).</summary>
public sealed class SandboxRequestHeaderFieldsTooLargeException : SandboxHttpException
{
    internal SandboxRequestHeaderFieldsTooLargeException(HttpFailure failure)
        : base(failure)
    {
    }
}
