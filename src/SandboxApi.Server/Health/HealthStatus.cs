using System.ComponentModel;

namespace SandboxApi.Server.Health;

/// <summary>The answer of the health endpoints, as the OpenAPI document describes it.</summary>
/// <param name="Status"><c>live</c> or <c>ready</c>.</param>
[Description("The answer of the health endpoints.")]
internal sealed record HealthStatus([property: Description("`live` or `ready`.")] string Status);
