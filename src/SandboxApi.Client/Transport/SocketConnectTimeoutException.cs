namespace SandboxApi.Client.Transport;

/// <summary>Tells this timeout from all others on its way through the HTTP handler.</summary>
internal sealed class SocketConnectTimeoutException() : IOException("The socket did not connect in time.");
