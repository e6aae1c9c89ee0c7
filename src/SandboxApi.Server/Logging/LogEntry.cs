using Microsoft.Extensions.Logging;

namespace SandboxApi.Server.Logging;

/// <summary>What was logged, before it is a line.</summary>
internal sealed record LogEntry(DateTimeOffset Time, LogLevel Level, string Category, EventId Id, IReadOnlyList<KeyValuePair<string, object?>> Values)
{
    /// <summary>The name of the value that is the message's template.</summary>
    private const string Template = "{OriginalFormat}";

    /// <summary>The sentence for people; null where it would say nothing that <see cref="Values"/> do not.</summary>
    internal string? Message { get; init; }

    internal Exception? Exception { get; init; }

    /// <summary>The event's name in snake case: stable, whatever its sentence says.</summary>
    internal string Event => NameOf(Id);

    /// <summary>The values by their names, without those that are null.</summary>
    internal IEnumerable<KeyValuePair<string, object>> Named => Values.Where(value => value.Value is not null && value.Key != Template).Select(value => KeyValuePair.Create(value.Key, value.Value!));

    /// <summary>Whether a template is no sentence but an event's name with its values.</summary>
    internal static bool IsNoSentence(EventId id, IReadOnlyList<KeyValuePair<string, object?>> values) =>
        id.Name is not null && values is [.., { Key: Template, Value: string template }] && template.StartsWith(NameOf(id), StringComparison.Ordinal);

    /// <summary>Methods that log are called Log…; those of ASP.NET are events' names already.</summary>
    private static string NameOf(EventId id)
    {
        if (string.IsNullOrEmpty(id.Name))
            return "log";
        var name = id.Name.StartsWith("Log", StringComparison.Ordinal) && id.Name.Length > 3 && char.IsAsciiLetterUpper(id.Name[3]) ? id.Name[3..] : id.Name;
        return System.Text.Json.JsonNamingPolicy.SnakeCaseLower.ConvertName(name);
    }
}
