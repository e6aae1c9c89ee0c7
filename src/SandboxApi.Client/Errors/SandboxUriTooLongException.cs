using SandboxApi.Client.Errors;

namespace SandboxApi;

/// <summary>The server answered 414 (URI Too Long).</summary>
public sealed class SandboxUriTooLongException : SandboxHttpException
{
    internal SandboxUriTooLongException(HttpFailure failure)
        : base(failure)
    {
    }
}
