using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using SandboxApi.FunctionalTests.Fixtures;

namespace SandboxApi.FunctionalTests.Http;

/// <summary>What the tests of the bare wire are written with: requests byte by byte, answers as JSON, no client of ours.</summary>
public abstract class HttpTests(Sandboxes sandboxes) : SandboxTests(sandboxes.Remote), IDisposable
{
    private readonly HttpClient http = new();

    protected HttpClient Http => http;

    protected Uri Url(string path) => new(Subject.Deployment.Url, path);

    protected static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);

    protected Task<HttpResponseMessage> PostAsync(string contentType, byte[] body, string path = "/execute/") => PostAsync(Url(path), contentType, body);

    protected async Task<HttpResponseMessage> PostAsync(Uri url, string contentType, byte[] body)
    {
        using var content = new ByteArrayContent(body);
        content.Headers.ContentType = MediaTypeHeaderValue.Parse(contentType);
        return await http.PostAsync(url, content, Cancel);
    }

    /// <summary>The config as the form field that both original clients send when there is no file.</summary>
    protected Task<HttpResponseMessage> PostConfigAsync(string json) =>
        PostAsync("application/x-www-form-urlencoded", Bytes("config=" + Uri.EscapeDataString(json).Replace("%20", "+", StringComparison.Ordinal)));

    protected async Task<JsonElement> RunConfigAsync(string json)
    {
        using var response = await PostConfigAsync(json);
        return await AnswerAsync(response);
    }

    protected static async Task<JsonElement> AnswerAsync(HttpResponseMessage response)
    {
        var text = await response.Content.ReadAsStringAsync(Cancel);
        ((int)response.StatusCode).ShouldBe(200, text);
        response.Content.Headers.ContentType!.MediaType.ShouldBe("application/json");
        return JsonElement.Parse(text);
    }

    /// <summary>An error is a status and problem details that say what is wrong.</summary>
    protected static async Task<string> ProblemAsync(HttpResponseMessage response, int status, string code)
    {
        var text = await response.Content.ReadAsStringAsync(Cancel);
        ((int)response.StatusCode).ShouldBe(status, text);
        response.Content.Headers.ContentType!.MediaType.ShouldBe("application/problem+json");
        var problem = JsonElement.Parse(text);
        problem.GetProperty("status").GetInt32().ShouldBe(status);
        problem.GetProperty("code").GetString().ShouldBe(code, text);
        return problem.GetProperty("detail").GetString().ShouldNotBeNull();
    }

    public void Dispose()
    {
        http.Dispose();
        GC.SuppressFinalize(this);
    }
}
