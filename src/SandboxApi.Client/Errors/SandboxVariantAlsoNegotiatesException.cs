using SandboxApi.Client.Errors;

namespace SandboxApi;

/// <summary>The server answered 506 (Variant Also Negotiates).</summary>
public sealed class SandboxVariantAlsoNegotiatesException : SandboxHttpException
{
    internal SandboxVariantAlsoNegotiatesException(HttpFailure failure)
        : base(failure)
    {
    }
}
