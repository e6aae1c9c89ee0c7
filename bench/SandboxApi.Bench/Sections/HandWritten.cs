using System.Net.Http.Json;
using System.Text;
using SandboxApi.Json;

namespace SandboxApi.Bench.Sections;

/// <summary>What somebody writes who has no client: one HttpClient, the config in a form as every server of the protocol takes it, the answer read into a result.</summary>
internal sealed class HandWritten(Uri url) : IDisposable
{
    private readonly HttpClient _http = new() { BaseAddress = url };

    public async Task<ExecutionResult> RunAsync(ExecutionConfig config)
    {
        using var content = new FormUrlEncodedContent([new("config", Encoding.UTF8.GetString(config.ToJson()))]);
        using var response = await _http.PostAsync(new Uri("execute/", UriKind.Relative), content);
        response.EnsureSuccessStatusCode();
        return await response.Content.ReadFromJsonAsync(SandboxJsonContext.Relaxed.ExecutionResult) ?? throw new InvalidOperationException("the server answered null");
    }

    public void Dispose() => _http.Dispose();
}
