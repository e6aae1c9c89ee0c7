using System.Net.Http.Json;
using System.Text;
using System.Text.Json;

namespace SandboxApi.Bench.Sections;

/// <summary>What somebody writes who has no client: one HttpClient, the config as JSON, the answer parsed.</summary>
internal sealed class HandWritten(Uri url) : IDisposable
{
    private readonly HttpClient _http = new() { BaseAddress = url };

    public async Task<string> RunAsync(string json)
    {
        using var content = new StringContent(json, Encoding.UTF8, "application/json");
        using var response = await _http.PostAsync(new Uri("execute/", UriKind.Relative), content);
        response.EnsureSuccessStatusCode();
        var answer = await response.Content.ReadFromJsonAsync<JsonElement>();
        return answer.GetProperty("execution")[0].GetProperty("stdout").GetString()!;
    }

    public void Dispose() => _http.Dispose();
}
