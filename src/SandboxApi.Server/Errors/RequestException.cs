using Microsoft.AspNetCore.Http;

namespace SandboxApi.Server.Errors;

/// <summary>A request that the server itself refuses, with the status that says so.</summary>
internal sealed class RequestException(int status, string detail, SandboxErrorCode code = SandboxErrorCode.InvalidRequest, Exception? innerException = null)
    : SandboxException(code, detail, innerException)
{
    internal int Status { get; } = status;

    /// <summary>Headers of the answer that belong to the status.</summary>
    internal IReadOnlyList<KeyValuePair<string, string>> Headers { get; init; } = [];

    internal static RequestException Malformed(string detail, Exception? innerException = null) =>
        new(StatusCodes.Status400BadRequest, detail, SandboxErrorCode.InvalidRequest, innerException);

    internal static RequestException TooLarge(string detail) =>
        new(StatusCodes.Status413PayloadTooLarge, detail, SandboxErrorCode.TooLarge);
}
