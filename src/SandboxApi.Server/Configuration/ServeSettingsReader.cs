using System.Text.Json;
using SandboxApi.Json;

namespace SandboxApi.Server.Configuration;

/// <summary>Binds the settings: command line over environment over JSON file over default. Collects every error, each as the operator wrote it.</summary>
internal sealed class ServeSettingsReader
{
    private readonly ServeSettings _settings = new();
    private readonly List<string> _errors = [];

    private ServeSettingsReader()
    {
    }

    /// <summary>Reads all sources.</summary>
    /// <param name="args">What follows <c>sandbox serve</c>.</param>
    /// <param name="variables">The environment variables of the process.</param>
    /// <param name="errors">A sentence for everything wrong; empty when the settings can be used.</param>
    internal static ServeSettings Read(IReadOnlyList<string> args, IEnumerable<KeyValuePair<string, string>> variables, out IReadOnlyList<string> errors)
    {
        var reader = new ServeSettingsReader();
        var fromArgs = reader.ReadArgs(args, out var file);
        var fromVariables = reader.ReadVariables(variables, ref file);
        reader.Apply(reader.ReadFile(file));
        reader.Apply(fromVariables);
        reader.Apply(fromArgs);
        errors = reader._errors;
        return reader._settings;
    }

    private List<Given> ReadArgs(IReadOnlyList<string> args, out string? file)
    {
        file = null;
        var given = new List<Given>();
        for (var i = 0; i < args.Count; i++)
        {
            var arg = args[i];
            if (!arg.StartsWith("--", StringComparison.Ordinal))
            {
                _errors.Add($"'{arg}' is no setting: every setting is --NAME VALUE (sandbox serve --help lists them)");
                continue;
            }

            var equals = arg.IndexOf('=', StringComparison.Ordinal);
            var name = equals < 0 ? arg : arg[..equals];
            var setting = Find(name[2..]);
            var isFile = name == "--config";
            string? value = equals < 0 ? null : arg[(equals + 1)..];
            if (value is null && setting?.IsFlag == true)
                value = i + 1 < args.Count && bool.TryParse(args[i + 1], out _) ? args[++i] : "true";
            else if (value is null && i + 1 < args.Count && !args[i + 1].StartsWith("--", StringComparison.Ordinal))
                value = args[++i];

            if (setting is null && !isFile)
                _errors.Add($"{name} is no setting: {Meant(name, setting => "--" + setting.Name)}");
            else if (value is null)
                _errors.Add($"{name} has no value: it must be {setting?.Allowed ?? "the path of a JSON file"}");
            else if (isFile)
                file = value;
            else
                AddTo(given, new Given(setting!, name, setting!.IsSecret ? "***" : value, setting.IsFreeText ? [value] : Split(setting, value)));
        }

        return given;
    }

    /// <summary>A list may be given several times; anything else only once, as two values for one limit are a mistake.</summary>
    private void AddTo(List<Given> given, Given next)
    {
        var index = given.FindIndex(known => known.Setting == next.Setting);
        if (index < 0)
            given.Add(next);
        else if (next.Setting.IsList)
            given[index] = next with { Shown = given[index].Shown + "," + next.Shown, Values = [.. given[index].Values, .. next.Values] };
        else
            _errors.Add($"{next.Written} is given twice: give it once");
    }

    private List<Given> ReadVariables(IEnumerable<KeyValuePair<string, string>> variables, ref string? file)
    {
        var given = new List<Given>();
        foreach (var (name, value) in variables)
        {
            if (!name.StartsWith(Setting.Prefix, StringComparison.Ordinal) || IsForeign(name))
                continue;
            if (name == Setting.Prefix + "CONFIG")
                file ??= value;
            else if (ServeSettingsTable.All.FirstOrDefault(setting => setting.Variable == name) is { } setting)
                given.Add(new Given(setting, name, setting.IsSecret ? "***" : value, Split(setting, value)));
            else
                _errors.Add($"the environment variable {name} is no setting: {Meant(name, setting => setting.Variable)}");
        }

        return given;
    }

    /// <summary>Variables of the command line's client, and those that Kubernetes sets in every pod beside a service called "sandbox".</summary>
    private static bool IsForeign(string name) =>
        name is "SANDBOX_SERVER" or "SANDBOX_DEBUG" or "SANDBOX_PORT" ||
        name.StartsWith("SANDBOX_SERVICE_", StringComparison.Ordinal) || name.StartsWith("SANDBOX_PORT_", StringComparison.Ordinal);

    private List<Given> ReadFile(string? file)
    {
        var given = new List<Given>();
        if (file is null)
            return given;
        try
        {
            using var document = JsonDocument.Parse(TextOf(File.ReadAllBytes(file)), new JsonDocumentOptions { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true, AllowDuplicateProperties = false });
            if (document.RootElement.ValueKind != JsonValueKind.Object)
                _errors.Add($"the config file {file} must hold a JSON object");
            else
                foreach (var property in document.RootElement.EnumerateObject())
                    ReadProperty(file, property, given);
        }
        catch (JsonException exception)
        {
            _errors.Add($"the config file {file} is not valid JSON: {JsonFault.Of(exception)}");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException)
        {
            _errors.Add($"the config file '{file}' cannot be read: {ReasonOf(file, exception)}");
        }

        return given;
    }

    /// <summary>A byte-order mark is passed over, as in the config of a run; another encoding is named, without the text before it, which may be a key.</summary>
    private static ReadOnlyMemory<byte> TextOf(byte[] bytes)
    {
        var text = Utf8Text.WithoutByteOrderMark(bytes);
        return Utf8Text.Fault(text.Span) is { } fault ? throw new IOException($"it {fault.Split([", after '", ", which is", "; send"], 2, StringSplitOptions.None)[0]} and must be UTF-8") : text;
    }

    private static string ReasonOf(string file, Exception exception) => exception switch
    {
        _ when Directory.Exists(file) => "it is a directory",
        _ when file.Length == 0 => "the name is empty",
        FileNotFoundException or DirectoryNotFoundException => "there is no such file",
        UnauthorizedAccessException => "permission is denied",
        _ => exception.Message.Split(" : '", 2)[0].TrimEnd('.'),
    };

    private void ReadProperty(string file, JsonProperty property, List<Given> given)
    {
        if (Find(property.Name) is not { } setting)
        {
            _errors.Add($"\"{property.Name}\" in {file} is no setting: {Meant(property.Name, setting => setting.Name)}");
            return;
        }

        // As NAME=VALUE the name would end at another place.
        if (setting.IsFreeText && property.Value.ValueKind == JsonValueKind.Object && property.Value.EnumerateObject().Any(item => item.Name.Contains('=', StringComparison.Ordinal)))
        {
            _errors.Add($"\"{property.Name}\" in {file} has a name with '=' in it; it must be {setting.Allowed}");
            return;
        }

        IReadOnlyList<string> values = property.Value.ValueKind switch
        {
            JsonValueKind.Array when setting.IsList => [.. property.Value.EnumerateArray().Select(Text)],
            JsonValueKind.Object when setting.IsList => [.. property.Value.EnumerateObject().Select(item => $"{item.Name}={Text(item.Value)}")],
            JsonValueKind.String when setting.IsList => Split(setting, property.Value.GetString()!),
            _ => [Text(property.Value)],
        };
        given.Add(new Given(setting, $"\"{property.Name}\" in {file}", setting.IsSecret ? "***" : property.Value.GetRawText(), values));
    }

    private void Apply(List<Given> given)
    {
        foreach (var (setting, written, shown, values) in given)
        {
            _settings.Written[setting.Property] = written;
            if (!setting.Assign(_settings, values))
                _errors.Add($"{written} is {(shown.Length == 0 ? "empty" : shown)}; it must be {AllowedFor(setting, values)}");
        }
    }

    /// <summary>What a value must be; how a size or a time is written only for one that cannot be read.</summary>
    private static string AllowedFor(Setting setting, IReadOnlyList<string> values)
    {
        if (values is not [var value])
            return setting.Allowed;
        var allowed = SizeText.TryParse(value, out _) ? setting.Allowed.Replace($" ({SizeText.Allowed})", "", StringComparison.Ordinal) : setting.Allowed;
        return TimeText.TryParse(value, out _) ? allowed.Replace($" ({TimeText.Allowed})", "", StringComparison.Ordinal) : allowed;
    }

    private static string Meant(string name, Func<Setting, string> form) =>
        Nearest.Of(name, ServeSettingsTable.All.Select(form)) is { } nearest ? $"did you mean {nearest}?" : "sandbox serve --help lists them";

    private static Setting? Find(string name) => ServeSettingsTable.All.FirstOrDefault(setting => setting.Name == name);

    /// <summary>The items of a list in one text: separated by commas or semicolons, or a JSON array for items that hold some.</summary>
    private static string[] Split(Setting setting, string text)
    {
        if (!setting.IsList)
            return [text];
        if (setting.IsFreeText && !text.AsSpan().TrimStart().StartsWith('['))
            return text.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        if (!text.AsSpan().TrimStart().StartsWith('['))
            return text.Split([',', ';'], StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        try
        {
            using var document = JsonDocument.Parse(text);
            return [.. document.RootElement.EnumerateArray().Select(Text)];
        }
        catch (JsonException)
        {
            // As one item it is refused where all others are, with what is allowed.
            return [text];
        }
    }

    /// <summary>An item as it would stand on a command line; <c>{"url": U, "alias": A}</c> is <c>U=A</c>.</summary>
    private static string Text(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => value.GetString()!,
        JsonValueKind.True => "true",
        JsonValueKind.False => "false",
        JsonValueKind.Object when value.EnumerateObject().Count() == 2
            && value.TryGetProperty("url", out var url) && url.ValueKind == JsonValueKind.String
            && value.TryGetProperty("alias", out var alias) && alias.ValueKind == JsonValueKind.String => $"{url.GetString()}={alias.GetString()}",
        _ => value.GetRawText(),
    };

    /// <summary>A setting with its values.</summary>
    private sealed record Given(Setting Setting, string Written, string Shown, IReadOnlyList<string> Values);
}
