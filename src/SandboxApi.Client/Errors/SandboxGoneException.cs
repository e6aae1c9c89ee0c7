using SandboxApi.Client.Errors;

namespace SandboxApi;

/// <summary>The server answered 410 (Gone).</summary>
public sealed class SandboxGoneException : SandboxHttpException
{
    internal SandboxGoneException(HttpFailure failure)
        : base(failure)
    {
    }
}
