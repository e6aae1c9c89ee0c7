namespace SandboxApi.Soak.Reports;

/// <summary>One figure of the soak against what it may be.</summary>
internal sealed record Finding(string Name, string Rule, string Measured, bool Holds);
