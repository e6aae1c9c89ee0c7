using SandboxApi.Client.Errors;

namespace SandboxApi;

/// <summary>The server answered 304 (Not Modified).</summary>
public sealed class SandboxNotModifiedException : SandboxHttpException
{
    internal SandboxNotModifiedException(HttpFailure failure)
        : base(failure)
    {
    }
}
