using SandboxApi.Client.Errors;

namespace SandboxApi;

/// <summary>The server answered 422 (Unprocessable Content).</summary>
public sealed class SandboxUnprocessableContentException : SandboxHttpException
{
    internal SandboxUnprocessableContentException(HttpFailure failure)
        : base(failure)
    {
    }
}
