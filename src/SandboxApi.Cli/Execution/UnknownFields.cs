using System.Text.Json;
using SandboxApi.Server.Configuration;

namespace SandboxApi.Cli.Execution;

/// <summary>Fields of a config that mean nothing, or are there twice: a server passes them over, so a slip of the hand silently changes what is run.</summary>
internal static class UnknownFields
{
    internal static readonly string[] OfConfig = ["commands", "environ", "environment", "result_path", "save", "stdin", "limits", "output"];

    internal static readonly string[] OfCommand = ["command", "timeout", "stdin", "limits"];

    /// <summary>Each with its place and what was probably meant; none where the text is no JSON object, about which others complain.</summary>
    internal static IReadOnlyList<Violation> In(ReadOnlyMemory<byte> json)
    {
        try
        {
            // A byte-order mark at the beginning is passed over when the config is read, too.
            using var document = JsonDocument.Parse(json.Span.StartsWith("\uFEFF"u8) ? json[3..] : json);
            var unknown = new List<Violation>();
            if (document.RootElement.ValueKind != JsonValueKind.Object)
                return unknown;
            Add(unknown, document.RootElement, "", OfConfig);
            if (document.RootElement.TryGetProperty("commands", out var commands) && commands.ValueKind == JsonValueKind.Array)
            {
                var index = 0;
                foreach (var command in commands.EnumerateArray())
                {
                    if (command.ValueKind == JsonValueKind.Object)
                        Add(unknown, command, $"commands[{index}].", OfCommand);
                    index++;
                }
            }

            return unknown;
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            return [];
        }
    }

    private static void Add(List<Violation> unknown, JsonElement element, string place, string[] known)
    {
        foreach (var twice in element.EnumerateObject().GroupBy(property => property.Name).Where(group => group.Count() > 1))
            unknown.Add(new(place + twice.Key, "is there twice, and only the last counts"));
        foreach (var property in element.EnumerateObject().Where(property => !known.Contains(property.Name)))
        {
            var nearest = Nearest.Of(property.Name, known);
            unknown.Add(new(place + property.Name, "is no field, and is ignored" + (nearest is null ? "" : $"; did you mean {nearest}?")));
        }
    }
}
