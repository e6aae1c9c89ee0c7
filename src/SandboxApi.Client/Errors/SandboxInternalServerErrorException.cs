using SandboxApi.Client.Errors;

namespace SandboxApi;

/// <summary>The server answered 500 (Internal Server Error).</summary>
public sealed class SandboxInternalServerErrorException : SandboxHttpException
{
    internal SandboxInternalServerErrorException(HttpFailure failure)
        : base(failure)
    {
    }
}
