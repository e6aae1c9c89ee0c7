using SandboxApi.Client.Errors;

namespace SandboxApi;

/// <summary>The server answered 413 (Content Too Large): the request is larger than the operator allows.</summary>
public sealed class SandboxContentTooLargeException : SandboxHttpException
{
    internal SandboxContentTooLargeException(HttpFailure failure)
        : base(failure)
    {
    }
}
