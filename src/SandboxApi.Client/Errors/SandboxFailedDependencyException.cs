using SandboxApi.Client.Errors;

namespace SandboxApi;

/// <summary>The server answered 424 (Failed Dependency).</summary>
public sealed class SandboxFailedDependencyException : SandboxHttpException
{
    internal SandboxFailedDependencyException(HttpFailure failure)
        : base(failure)
    {
    }
}
