using SandboxApi.Client.Errors;

namespace SandboxApi;

/// <summary>The server answered 303 (See Other).</summary>
public sealed class SandboxSeeOtherException : SandboxHttpException
{
    internal SandboxSeeOtherException(HttpFailure failure)
        : base(failure)
    {
    }
}
