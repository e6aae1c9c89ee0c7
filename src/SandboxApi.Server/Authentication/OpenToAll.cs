namespace SandboxApi.Server.Authentication;

/// <summary>Marks an endpoint that asks for no key.</summary>
internal sealed class OpenToAll
{
    internal static OpenToAll Instance { get; } = new();
}
