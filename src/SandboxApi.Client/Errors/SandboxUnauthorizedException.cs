using SandboxApi.Client.Errors;

namespace SandboxApi;

/// <summary>The server answered 401 (Unauthorized): the API key is missing or wrong.</summary>
public sealed class SandboxUnauthorizedException : SandboxHttpException
{
    internal SandboxUnauthorizedException(HttpFailure failure)
        : base(failure)
    {
    }
}
