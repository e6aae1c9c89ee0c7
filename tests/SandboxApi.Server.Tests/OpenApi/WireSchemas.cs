using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace SandboxApi.Server.Tests.OpenApi;

/// <summary>Schemas of what reflection cannot see: types that converters of their own write.</summary>
internal static class WireSchemas
{
    internal static Task TransformAsync(OpenApiSchema schema, OpenApiSchemaTransformerContext context, CancellationToken cancellationToken)
    {
        var type = context.JsonTypeInfo.Type;
        type = Nullable.GetUnderlyingType(type) ?? type;
        if (type == typeof(TimeSpan))
        {
            schema.Type = JsonSchemaType.Number;
            schema.Format = "double";
            schema.Pattern = null;
        }
        else if (type == typeof(Verdict))
        {
            schema.Type = JsonSchemaType.String;
            schema.Enum = [.. Enum.GetValues<Verdict>().Where(verdict => verdict != Verdict.Unknown).Select(verdict => (JsonNode)JsonNamingPolicy.SnakeCaseLower.ConvertName(verdict.ToString()))];
        }
        else if (type == typeof(Limits))
        {
            Copy(Limits(), schema);
        }
        else if (type == typeof(byte[]))
        {
            schema.Type = JsonSchemaType.String;
            schema.Format = "byte";
            schema.Description = "With exact output the bytes, only where they are not the UTF-8 of the text of that name.";
        }
        else if (type == typeof(DateTimeOffset) || type == typeof(string))
        {
            // Also where a converter of its own writes it, of which reflection knows nothing.
            schema.Type = JsonSchemaType.String;
        }
        else if (schema.Type is { } known)
        {
            // What is null is left out, never written as null.
            schema.Type = known & ~JsonSchemaType.Null;
        }

        return Task.CompletedTask;
    }

    /// <summary>A config as it travels.</summary>
    internal static OpenApiSchema Config(OpenApiDocument document) => Object(
        "What to run. Unknown fields are ignored.",
        ["commands"],
        ("commands", new OpenApiSchema { Type = JsonSchemaType.Array, MinItems = 1, Items = new OpenApiSchemaReference("Command", document), Description = "Run in order with bash -c until one fails." }),
        ("environ", new OpenApiSchema { Type = JsonSchemaType.Object, AdditionalProperties = new OpenApiSchema(), Description = "Environment variables; values that are not strings are turned into strings." }),
        ("environment", new OpenApiSchema { Type = JsonSchemaType.String, Format = "uuid", Description = "Start from this stored environment." }),
        ("result_path", Text("File, relative to the working directory, whose text becomes result.")),
        ("save", new OpenApiSchema { Type = JsonSchemaType.Boolean, Description = "Keep the working directory as a new stored environment." }),
        ("stdin", Text("Standard input of every command that has none of its own.")),
        ("limits", new OpenApiSchemaReference("Limits", document)),
        ("output", OutputForm()));

    /// <summary>A command as it travels.</summary>
    internal static OpenApiSchema Command(OpenApiDocument document) => new()
    {
        Description = "A command; a leading '-' is removed and means that a failure does not stop the run.",
        OneOf =
        [
            new OpenApiSchema { Type = JsonSchemaType.String },
            Object(
                null,
                ["command"],
                ("command", Text("The command.")),
                ("timeout", Number("Seconds, 0 or more.", exclusive: false)),
                ("stdin", Text("Standard input.")),
                ("limits", new OpenApiSchemaReference("Limits", document))),
        ],
    };

    internal static OpenApiSchema Limits() => With(
        Object(
            "What a command may use; a request can lower the operator's limits, never raise them.",
            [],
            ("wall_time", Number("Seconds.", exclusive: true)),
            ("cpu_time", Number("Seconds of all its processes together.", exclusive: true)),
            ("memory", Whole("Bytes.", 1)),
            ("processes", Whole("Processes and threads at one time.", 1)),
            ("output", Whole("Bytes kept of each stream.", 0)),
            ("file_size", Whole("Bytes of any one file it writes.", 0))),
        schema => schema.AdditionalPropertiesAllowed = false);

    private static OpenApiSchema OutputForm() => new()
    {
        Description = "In which form output comes back. By default the beginning of each stream, as text without white space around it.",
        OneOf =
        [
            With(Text("Nothing is changed: text untrimmed, and beside it, as base64, the bytes where they are no UTF-8."), schema => schema.Enum = ["exact"]),
            With(
                Object(
                    null,
                    [],
                    ("exact", new OpenApiSchema { Type = JsonSchemaType.Boolean, Description = "As \"exact\"." }),
                    ("keep", With(Text("What is kept of a stream beyond its limit; the end, where both are, is in stdout_tail and stderr_tail."), schema => schema.Enum = ["head", "tail", "both"]))),
                schema => schema.AdditionalPropertiesAllowed = false),
        ],
    };

    internal static OpenApiSchema Object(string? description, HashSet<string> required, params (string Name, IOpenApiSchema Schema)[] properties) => new()
    {
        Type = JsonSchemaType.Object,
        Description = description,
        Required = required,
        Properties = properties.ToDictionary(property => property.Name, property => property.Schema),
    };

    internal static OpenApiSchema Text(string description) => new() { Type = JsonSchemaType.String, Description = description };

    private static OpenApiSchema Whole(string description, int min) => new() { Type = JsonSchemaType.Integer, Format = "int64", Minimum = min.ToString(System.Globalization.CultureInfo.InvariantCulture), Description = description };

    private static OpenApiSchema Number(string description, bool exclusive) => With(new OpenApiSchema { Type = JsonSchemaType.Number, Description = description }, schema =>
    {
        if (exclusive)
            schema.ExclusiveMinimum = "0";
        else
            schema.Minimum = "0";
    });

    private static OpenApiSchema With(OpenApiSchema schema, Action<OpenApiSchema> change)
    {
        change(schema);
        return schema;
    }

    private static void Copy(OpenApiSchema from, OpenApiSchema to)
    {
        to.Type = from.Type;
        to.Description = from.Description;
        to.Properties = from.Properties;
        to.AdditionalPropertiesAllowed = from.AdditionalPropertiesAllowed;
    }
}
