using SandboxApi.Client.Errors;

namespace SandboxApi;

/// <summary>The server answered 421 (Misdirected Request).</summary>
public sealed class SandboxMisdirectedRequestException : SandboxHttpException
{
    internal SandboxMisdirectedRequestException(HttpFailure failure)
        : base(failure)
    {
    }
}
