using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace SandboxApi.Soak.Running;

/// <summary>Requests and answers as text for a person.</summary>
internal static class Exchange
{
    private static readonly JsonSerializerOptions s_json = new(JsonSerializerDefaults.Web)
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
    };

    internal static string Show(ExecutionConfig config, byte[]? archive) =>
        Encoding.UTF8.GetString(config.ToJson()) + (archive is null ? "" : $" with an archive of {archive.Length} bytes");

    internal static string Show(ExecutionResult result) => JsonSerializer.Serialize(result, s_json);

    /// <summary>The beginning and the end of a text that is long.</summary>
    internal static string Shorten(string text, int most = 2000) =>
        text.Length <= most ? text : $"{text[..(most / 2)]} […{text.Length - most} characters…] {text[^(most / 2)..]}";
}
