using SandboxApi.Client.Errors;

namespace SandboxApi;

/// <summary>The server answered 404 (Not Found): no such environment, or no such file in it.</summary>
public sealed class SandboxNotFoundException : SandboxHttpException
{
    internal SandboxNotFoundException(HttpFailure failure)
        : base(failure)
    {
    }
}
