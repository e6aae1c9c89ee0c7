namespace SandboxApi.Server.Authentication;

/// <summary>The key that a request brought, as a feature of the request.</summary>
/// <param name="Text">What its operator calls it.</param>
internal sealed record KeyLabel(string Text);
