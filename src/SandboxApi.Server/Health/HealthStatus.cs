namespace SandboxApi.Server.Health;

/// <summary>The answer of the health endpoints.</summary>
/// <param name="Status"><c>live</c> or <c>ready</c>.</param>
internal sealed record HealthStatus(string Status);
