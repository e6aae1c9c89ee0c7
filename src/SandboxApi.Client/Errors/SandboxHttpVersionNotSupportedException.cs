using SandboxApi.Client.Errors;

namespace SandboxApi;

/// <summary>The server answered 505 (HTTP Version Not Supported).</summary>
public sealed class SandboxHttpVersionNotSupportedException : SandboxHttpException
{
    internal SandboxHttpVersionNotSupportedException(HttpFailure failure)
        : base(failure)
    {
    }
}
