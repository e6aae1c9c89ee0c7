using SandboxApi.Client.Errors;

namespace SandboxApi;

/// <summary>The server answered 426 (Upgrade Required).</summary>
public sealed class SandboxUpgradeRequiredException : SandboxHttpException
{
    internal SandboxUpgradeRequiredException(HttpFailure failure)
        : base(failure)
    {
    }
}
