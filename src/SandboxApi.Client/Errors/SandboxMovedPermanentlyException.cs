using SandboxApi.Client.Errors;

namespace SandboxApi;

/// <summary>The server answered 301 (Moved Permanently).</summary>
public sealed class SandboxMovedPermanentlyException : SandboxHttpException
{
    internal SandboxMovedPermanentlyException(HttpFailure failure)
        : base(failure)
    {
    }
}
