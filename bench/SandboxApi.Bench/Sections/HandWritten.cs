using System.Net.Http.Headers;
using System.Net.Http.Json;
using SandboxApi.Json;

namespace SandboxApi.Bench.Sections;

/// <summary>What somebody writes who has no client: one HttpClient, the config as JSON, the answer read into a result.</summary>
internal sealed class HandWritten(Uri url) : IDisposable
{
    private static readonly MediaTypeHeaderValue s_json = new("application/json");

    private readonly HttpClient _http = new() { BaseAddress = url };

    public async Task<ExecutionResult> RunAsync(ExecutionConfig config)
    {
        using var content = new ByteArrayContent(config.ToJson());
        content.Headers.ContentType = s_json;
        using var response = await _http.PostAsync(new Uri("execute/", UriKind.Relative), content);
        response.EnsureSuccessStatusCode();
        return await response.Content.ReadFromJsonAsync(SandboxJsonContext.Relaxed.ExecutionResult) ?? throw new InvalidOperationException("the server answered null");
    }

    public void Dispose() => _http.Dispose();
}
