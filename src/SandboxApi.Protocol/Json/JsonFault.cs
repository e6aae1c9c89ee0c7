using System.Globalization;
using System.Text.Json;

namespace SandboxApi.Json;

/// <summary>What is wrong with a text that is not JSON, or not of the form that is wanted, for people: .NET speaks of its own types, modes and payloads, and counts from 0.</summary>
internal static class JsonFault
{
    private static readonly (string Beginning, string Told)[] s_known =
    [
        ("The input does not contain any JSON tokens", "it is empty"),
        ("Expected depth to be zero", "it ends before its last bracket is closed"),
        ("Expected end of string", "it ends within a string"),
        ("The JSON object contains a trailing comma", "a comma stands before a closing bracket"),
        ("The JSON array contains a trailing comma", "a comma stands before a closing bracket"),
        ("The maximum configured depth", "it is nested too deeply"),
        ("Duplicate property", "a field is there twice"),
        ("The JSON value could not be converted", "a value is of the wrong kind"),
    ];

    /// <summary>What begins the place behind .NET's own sentence.</summary>
    private static readonly string[] s_places = [" Path: ", " LineNumber: "];

    /// <summary>A sentence without its full stop, with the place where it is known.</summary>
    internal static string Of(JsonException exception)
    {
        var message = exception.Message;
        var end = s_places.Select(mark => message.IndexOf(mark, StringComparison.Ordinal)).Where(index => index >= 0).Append(message.Length).Min();
        var what = message[..end].TrimEnd(' ', '.', '|');
        if (what.IndexOf("missing required properties including: ", StringComparison.Ordinal) is >= 0 and var missing)
            what = "it lacks " + what[(missing + "missing required properties including: ".Length)..];
        else if (s_known.FirstOrDefault(known => what.StartsWith(known.Beginning, StringComparison.Ordinal)) is { Told: { } told })
            what = told;
        var line = exception.LineNumber is { } number && exception.BytePositionInLine is { } position ? string.Create(CultureInfo.InvariantCulture, $" (line {number + 1}, byte {position + 1})") : "";
        return what + line;
    }
}
