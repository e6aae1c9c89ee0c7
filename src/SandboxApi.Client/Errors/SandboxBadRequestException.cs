using SandboxApi.Client.Errors;

namespace SandboxApi;

/// <summary>The server answered 400 (Bad Request): the config, the archive or the request is invalid.</summary>
public sealed class SandboxBadRequestException : SandboxHttpException
{
    internal SandboxBadRequestException(HttpFailure failure)
        : base(failure)
    {
    }
}
