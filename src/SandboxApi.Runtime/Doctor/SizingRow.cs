namespace SandboxApi.Runtime.Doctor;

/// <summary>One resource of the host.</summary>
/// <param name="Resource">What it is.</param>
/// <param name="Formula">How it follows from the settings, by their names.</param>
/// <param name="Value">The most that is needed of it.</param>
internal sealed record SizingRow(string Resource, string Formula, string Value);
