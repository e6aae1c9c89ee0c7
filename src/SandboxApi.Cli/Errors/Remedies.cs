using System.Net;

namespace SandboxApi.Cli.Errors;

/// <summary>What to do about a failure of a sandbox or of its server, as the options of this program have it.</summary>
internal static class Remedies
{
    private const string CheckAddress = "check the address given by --server or SANDBOX_SERVER";

    /// <summary>The advice that is better than any that came with the message; null where there is none.</summary>
    internal static string? Of(SandboxException sandbox, string what) => sandbox.Code switch
    {
        SandboxErrorCode.InvalidConfig => "correct what is named and try again",
        SandboxErrorCode.NotFound when what.StartsWith("There is nothing at", StringComparison.Ordinal) => CheckAddress,
        SandboxErrorCode.NotASandbox => CheckAddress,
        SandboxErrorCode.TooLarge when sandbox is not SandboxHttpException && what.StartsWith("The environment ", StringComparison.Ordinal) => "leave out what is not needed, or give more room with --storage",
        SandboxErrorCode.Unauthorized => OfStatus((sandbox as SandboxHttpException)?.StatusCode),
        SandboxErrorCode.Busy => "try again in a moment",
        SandboxErrorCode.ShuttingDown => "try again when the server is back",
        SandboxErrorCode.Timeout => "try again, or wait longer with --server-timeout",
        SandboxErrorCode.Unreachable => OfWay(what),
        _ => null,
    };

    /// <summary>The advice where none came with the message.</summary>
    internal static string Otherwise(SandboxException sandbox) => sandbox.Code switch
    {
        SandboxErrorCode.InvalidRequest => "check that the server and this program have the same version",
        SandboxErrorCode.InvalidArchive => "pass a gzip-compressed tar of plain files and directories",
        SandboxErrorCode.NotFound => "check the id and the path; stored environments expire",
        SandboxErrorCode.TooLarge => "send less, or ask the operator to raise the limit",
        SandboxErrorCode.Unauthorized => "ask the server's operator",
        _ when sandbox is SandboxHttpException { StatusCode: < HttpStatusCode.BadRequest } => CheckAddress,
        _ when sandbox is SandboxHttpException => "the server's log says more",
        _ => "try again, and look at the host with 'sandbox doctor' if it stays so",
    };

    private static string? OfStatus(HttpStatusCode? status) => status switch
    {
        HttpStatusCode.Forbidden => null,
        HttpStatusCode.ProxyAuthenticationRequired => "put the proxy's user and password into its variable, as http://USER:PASSWORD@HOST:PORT",
        _ => "pass the server's key with --api-key or SANDBOX_API_KEY",
    };

    private static string OfWay(string what) =>
        what.StartsWith("The connection to ", StringComparison.Ordinal) ? "whether a run was made is not known; look at the server"
        : what.Contains(" through the proxy ", StringComparison.Ordinal) ? "check the proxy, or name the server's host in no_proxy"
        : what.Contains(": TLS failed ", StringComparison.Ordinal) ? "give an http:// address if the server has no TLS, or have this machine trust its certificate"
        : "check the address, or start a server with 'sandbox serve'";
}
