using SandboxApi.Client.Errors;

namespace SandboxApi;

/// <summary>The server answered 451 (Unavailable For Legal Reasons).</summary>
public sealed class SandboxUnavailableForLegalReasonsException : SandboxHttpException
{
    internal SandboxUnavailableForLegalReasonsException(HttpFailure failure)
        : base(failure)
    {
    }
}
