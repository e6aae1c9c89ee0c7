using System.Text.Json;

namespace SandboxApi.Json;

/// <summary>Reads a config and collects everything wrong with it, so that a caller mends it in one go.</summary>
internal static class ConfigReader
{
    /// <summary>
    /// JSON values, names and brackets in a config. Each takes some fifty bytes more of memory than of the config; what holds many is no honest config, whose bytes are those of its texts.
    /// </summary>
    internal const int MostTokens = 500_000;

    /// <summary>A config up to this size cannot hold so many.</summary>
    private const int Small = MostTokens / 2;

    internal static ExecutionConfig Read(ReadOnlyMemory<byte> json)
    {
        using var document = ParseDocument(json);
        var violations = new List<Violation>();
        ExecutionConfig config;
        string? unknownEnvironment;
        try
        {
            config = Read(document.RootElement, violations, out unknownEnvironment);
        }
        catch (InvalidOperationException)
        {
            // A JSON string can escape half of a surrogate pair, which no text can hold.
            throw SandboxException.Invalid("config", "contains half of a surrogate pair (\\ud800 to \\udfff alone), which is no character");
        }

        // A field of the wrong type was read as something else, about which there is nothing to say.
        var misread = violations.Select(violation => violation.Field).ToHashSet();
        violations.AddRange(config.Validate().Where(found => !misread.Contains(found.Field)));
        if (violations.Count > 0)
            throw SandboxException.Invalid(violations);
        if (unknownEnvironment is not null)
            throw new SandboxException(SandboxErrorCode.NotFound, $"There is no environment {unknownEnvironment}: an id is a UUID such as 872b604c-9cce-42e2-8888-9a0311f3a724.");
        return config;
    }

    internal static Limits? ReadLimits(JsonElement element, string field, List<Violation> violations)
    {
        if (element.ValueKind != JsonValueKind.Object)
        {
            violations.Add(new(field, $"must be an object, not {Kind(element)}"));
            return null;
        }

        foreach (var property in element.EnumerateObject())
        {
            if (violations.Count >= Violation.Most)
                break;
            if (property.Value.ValueKind != JsonValueKind.Null && property.Name is not ("wall_time" or "cpu_time" or "memory" or "processes" or "output" or "file_size"))
                violations.Add(new($"{field}.{Violation.Excerpt(property.Name)}", "is no limit; there are wall_time, cpu_time, memory, processes, output and file_size"));
        }

        return new Limits
        {
            WallTime = ReadSeconds(element, "wall_time", field, violations, out _),
            CpuTime = ReadSeconds(element, "cpu_time", field, violations, out _),
            Memory = ReadWhole(element, "memory", field, violations),
            Processes = ReadWhole(element, "processes", field, violations),
            Output = ReadWhole(element, "output", field, violations),
            FileSize = ReadWhole(element, "file_size", field, violations),
        };
    }

    private static JsonDocument ParseDocument(ReadOnlyMemory<byte> json)
    {
        json = Utf8Text.WithoutByteOrderMark(json);
        if (Utf8Text.Fault(json.Span) is { } fault)
            throw SandboxException.Invalid("config", fault);
        JsonDocument document;
        try
        {
            Count(json.Span);
            document = JsonDocument.Parse(json);
        }
        catch (JsonException exception)
        {
            throw SandboxException.Invalid("config", "is not valid JSON: " + JsonFault.Of(exception));
        }

        if (document.RootElement.ValueKind == JsonValueKind.Object)
            return document;
        var kind = Kind(document.RootElement);
        document.Dispose();
        throw SandboxException.Invalid("config", $"must be a JSON object, not {kind}");
    }

    private static ExecutionConfig Read(JsonElement root, List<Violation> violations, out string? unknownEnvironment)
    {
        unknownEnvironment = null;
        Guid? environment = null;
        if (TryGet(root, "environment", out var id))
        {
            var text = id.ValueKind == JsonValueKind.String ? id.GetString() : null;
            if (Guid.TryParseExact(text, "D", out var guid) || Guid.TryParseExact(text, "N", out guid))
                environment = guid;
            else
                unknownEnvironment = text is null ? Kind(id) : $"'{Violation.Excerpt(text)}'";
        }

        return new ExecutionConfig
        {
            Commands = ReadCommands(root, violations),
            Environ = ReadEnviron(root, violations),
            Environment = environment,
            ResultPath = ReadString(root, "result_path", "result_path", violations),
            Save = ReadBoolean(root, "save", violations),
            Stdin = ReadString(root, "stdin", "stdin", violations),
            Limits = TryGet(root, "limits", out var limits) ? ReadLimits(limits, "limits", violations) : null,
            Output = TryGet(root, "output", out var output) ? OutputFormJson.Read(output, violations) : null,
        };
    }

    private static List<Command> ReadCommands(JsonElement root, List<Violation> violations)
    {
        var commands = new List<Command>();
        if (!TryGet(root, "commands", out var list))
            violations.Add(new("commands", "is missing; it must be a non-empty list of commands"));
        else if (list.ValueKind != JsonValueKind.Array)
            violations.Add(new("commands", $"must be a list, not {Kind(list)}"));
        else
        {
            foreach (var item in list.EnumerateArray())
            {
                if (violations.Count >= Violation.Most)
                    break;
                commands.Add(ReadCommand(item, $"commands[{commands.Count}]", violations));
            }
        }

        return commands;
    }

    /// <summary>Refuses a config of very many small values before memory is taken for them.</summary>
    private static void Count(ReadOnlySpan<byte> json)
    {
        if (json.Length <= Small)
            return;
        var reader = new Utf8JsonReader(json);
        for (var tokens = 0; reader.Read(); tokens++)
        {
            if (tokens >= MostTokens)
                throw SandboxException.Invalid("config", $"holds more than {MostTokens} JSON values; put data into stdin or a file of the environment");
        }
    }

    private static Command ReadCommand(JsonElement item, string field, List<Violation> violations)
    {
        if (item.ValueKind == JsonValueKind.String)
            return new Command(item.GetString()!);
        if (item.ValueKind != JsonValueKind.Object || !item.TryGetProperty("command", out var text) || text.ValueKind != JsonValueKind.String)
        {
            violations.Add(new(field, "must be a string or an object with a string \"command\""));
            return new Command("");
        }

        var timeout = ReadSeconds(item, "timeout", field, violations, out var timeoutText);
        return new Command(text.GetString()!)
        {
            Timeout = timeout,
            TimeoutText = timeoutText,
            Stdin = ReadString(item, "stdin", $"{field}.stdin", violations),
            Limits = TryGet(item, "limits", out var limits) ? ReadLimits(limits, $"{field}.limits", violations) : null,
        };
    }

    private static Dictionary<string, string> ReadEnviron(JsonElement root, List<Violation> violations)
    {
        var environ = new Dictionary<string, string>(StringComparer.Ordinal);
        if (!TryGet(root, "environ", out var map))
            return environ;
        if (map.ValueKind != JsonValueKind.Object)
        {
            violations.Add(new("environ", $"must be an object, not {Kind(map)}"));
            return environ;
        }

        foreach (var variable in map.EnumerateObject())
            environ[variable.Name] = Text(variable.Value);

        return environ;
    }

    /// <summary>A variable's value as text; true, false and null the way the original server (Python) turns them into strings.</summary>
    private static string Text(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => value.GetString()!,
        JsonValueKind.True => "True",
        JsonValueKind.False => "False",
        JsonValueKind.Null => "None",
        _ => value.GetRawText(),
    };

    private static string? ReadString(JsonElement parent, string name, string field, List<Violation> violations)
    {
        if (!TryGet(parent, name, out var element))
            return null;
        if (element.ValueKind == JsonValueKind.String)
            return element.GetString();
        violations.Add(new(field, $"must be a string, not {Kind(element)}"));
        return null;
    }

    private static bool ReadBoolean(JsonElement parent, string name, List<Violation> violations)
    {
        if (!TryGet(parent, name, out var element))
            return false;
        if (element.ValueKind is not (JsonValueKind.True or JsonValueKind.False))
            violations.Add(new(name, $"must be true or false, not {Kind(element)}"));
        return element.ValueKind == JsonValueKind.True;
    }

    private static TimeSpan? ReadSeconds(JsonElement parent, string name, string field, List<Violation> violations, out string? text)
    {
        text = null;
        if (!TryGet(parent, name, out var element))
            return null;
        if (element.ValueKind != JsonValueKind.Number || !element.TryGetDouble(out var seconds) || !double.IsFinite(seconds))
        {
            violations.Add(new($"{field}.{name}", $"must be a finite number of seconds, not {Kind(element)}"));
            return null;
        }

        text = element.GetRawText();
        var time = element.TryGetDecimal(out var exact) ? SecondsConverter.FromSeconds(exact) : SecondsConverter.FromSeconds(seconds);
        if (seconds < 0)
            violations.Add(new($"{field}.{name}", "must not be negative"));
        return seconds > 0 && time == TimeSpan.Zero ? TimeSpan.FromTicks(1) : time;
    }

    private static long? ReadWhole(JsonElement parent, string name, string field, List<Violation> violations)
    {
        if (!TryGet(parent, name, out var element))
            return null;
        if (element.ValueKind == JsonValueKind.Number && TryGetWhole(element, out var number))
            return number;
        violations.Add(new($"{field}.{name}", $"must be a whole number, not {Kind(element)}"));
        return null;
    }

    /// <summary>1.0 and 2e3 are whole numbers, which is how some languages write all of theirs.</summary>
    private static bool TryGetWhole(JsonElement element, out long number)
    {
        if (element.TryGetInt64(out number))
            return true;
        if (!element.TryGetDecimal(out var exact) || exact != decimal.Truncate(exact) || exact is < long.MinValue or > long.MaxValue)
            return false;
        number = (long)exact;
        return true;
    }

    /// <summary>A field that is there; null is as if it were not, since clients with types send every field they know.</summary>
    private static bool TryGet(JsonElement parent, string name, out JsonElement value) =>
        parent.TryGetProperty(name, out value) && value.ValueKind != JsonValueKind.Null;

    internal static string Kind(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Object => "an object",
        JsonValueKind.Array => "a list",
        JsonValueKind.String => "a string",
        JsonValueKind.Number => element.GetRawText() is { Length: <= 40 } text ? text : "a number",
        JsonValueKind.Null => "null",
        var other => other == JsonValueKind.True ? "true" : "false",
    };
}
