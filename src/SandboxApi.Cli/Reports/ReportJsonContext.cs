using System.Text.Json.Serialization;

namespace SandboxApi.Cli.Reports;

/// <summary>Writes the documents that are the command line's own, without reflection.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(DoctorReport))]
[JsonSerializable(typeof(CheckReport))]
[JsonSerializable(typeof(DeletionReport))]
[JsonSerializable(typeof(DownloadReport))]
[JsonSerializable(typeof(ValidationReport))]
[JsonSerializable(typeof(VersionReport))]
internal sealed partial class ReportJsonContext : JsonSerializerContext;

/// <summary>The document of <c>doctor --json</c>.</summary>
internal sealed record DoctorReport(bool Ok, IReadOnlyList<FindingReport> Findings);

/// <summary>The document of <c>check --json</c>.</summary>
internal sealed record CheckReport(Guid Environment, string? Path, long Size);

/// <summary>The document of <c>delete --json</c>.</summary>
internal sealed record DeletionReport(IReadOnlyList<Guid> Deleted, IReadOnlyList<Guid> Missing);

/// <summary>The document of <c>download --json</c>.</summary>
internal sealed record DownloadReport(Guid Environment, string? Path, string File, long Size);

/// <summary>The document of <c>validate --json</c>.</summary>
internal sealed record ValidationReport(bool Valid, IReadOnlyList<Violation> Violations, IReadOnlyList<Violation> Warnings);

/// <summary>The document of <c>version --json</c>.</summary>
internal sealed record VersionReport(string Version, string Runtime, string System);
