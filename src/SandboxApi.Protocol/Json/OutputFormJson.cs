using System.Text.Json;

namespace SandboxApi.Json;

/// <summary>The field <c>output</c> of a config: <c>"exact"</c>, or an object with <c>exact</c> and <c>keep</c>.</summary>
internal static class OutputFormJson
{
    private const string Field = "output";
    private const string Exact = "exact";

    internal static OutputForm? Read(JsonElement element, List<Violation> violations)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.String when element.ValueEquals(Exact):
                return new OutputForm { Exact = true };
            case JsonValueKind.Object:
                return ReadObject(element, violations);
            default:
                violations.Add(new(Field, "must be \"exact\" or an object such as {\"exact\": true, \"keep\": \"both\"}"));
                return null;
        }
    }

    internal static void Write(Utf8JsonWriter writer, OutputForm? form)
    {
        switch (form)
        {
            case null or { Exact: false, Keep: OutputPart.Head }:
                return;
            case { Exact: true, Keep: OutputPart.Head }:
                writer.WriteString(Field, Exact);
                return;
        }

        writer.WriteStartObject(Field);
        if (form.Exact)
            writer.WriteBoolean(Exact, true);
        writer.WriteString("keep", form.Keep == OutputPart.Tail ? "tail" : "both");
        writer.WriteEndObject();
    }

    private static OutputForm ReadObject(JsonElement element, List<Violation> violations)
    {
        var form = new OutputForm();
        foreach (var property in element.EnumerateObject())
        {
            if (violations.Count >= Violation.Most)
                break;
            switch (property.Name)
            {
                case Exact when property.Value.ValueKind is JsonValueKind.True or JsonValueKind.False:
                    form = form with { Exact = property.Value.GetBoolean() };
                    break;
                case Exact when property.Value.ValueKind != JsonValueKind.Null:
                    violations.Add(new("output.exact", $"must be true or false, not {ConfigReader.Kind(property.Value)}"));
                    break;
                case "keep" when property.Value.ValueKind != JsonValueKind.Null:
                    form = form with { Keep = ReadPart(property.Value, violations) };
                    break;
                case Exact or "keep":
                    break;
                default:
                    violations.Add(new($"output.{Violation.Excerpt(property.Name)}", "is no part of it; there are exact and keep"));
                    break;
            }
        }

        return form;
    }

    private static OutputPart ReadPart(JsonElement element, List<Violation> violations)
    {
        switch (element.ValueKind == JsonValueKind.String ? element.GetString() : null)
        {
            case "head":
                return OutputPart.Head;
            case "tail":
                return OutputPart.Tail;
            case "both":
                return OutputPart.Both;
            default:
                violations.Add(new("output.keep", "must be \"head\", \"tail\" or \"both\""));
                return OutputPart.Head;
        }
    }
}
