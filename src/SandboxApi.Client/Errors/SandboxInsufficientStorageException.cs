using SandboxApi.Client.Errors;

namespace SandboxApi;

/// <summary>The server answered 507 (Insufficient Storage).</summary>
public sealed class SandboxInsufficientStorageException : SandboxHttpException
{
    internal SandboxInsufficientStorageException(HttpFailure failure)
        : base(failure)
    {
    }
}
