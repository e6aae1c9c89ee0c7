using SandboxApi.Client.Errors;

namespace SandboxApi;

/// <summary>The server answered 415 (Unsupported Media Type).</summary>
public sealed class SandboxUnsupportedMediaTypeException : SandboxHttpException
{
    internal SandboxUnsupportedMediaTypeException(HttpFailure failure)
        : base(failure)
    {
    }
}
