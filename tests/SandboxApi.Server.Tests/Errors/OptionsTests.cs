using System.Net;

namespace SandboxApi.Server.Tests.Errors;

public sealed class OptionsTests
{
    [Theory(Timeout = 30_000)]
    [InlineData("/execute/", "OPTIONS, POST")]
    [InlineData("/execute", "OPTIONS, POST")]
    [InlineData("/usages/", "GET, HEAD, OPTIONS")]
    [InlineData("/health/live", "GET, HEAD, OPTIONS")]
    [InlineData("/openapi.json", "GET, HEAD, OPTIONS")]
    [InlineData("/files/872b604c-9cce-42e2-8888-9a0311f3a724/a/b/", "GET, HEAD, OPTIONS")]
    public async Task A_path_tells_its_methods_with_and_without_a_key(string path, string methods)
    {
        foreach (var key in new[] { null, "secret" })
        {
            await using var server = await RunningServer.StartAsync(options => options.ApiKey = key);
            using var response = await SendAsync(server, "OPTIONS", path);
            response.StatusCode.ShouldBe(HttpStatusCode.NoContent);
            response.Content.Headers.Allow.Order().ShouldBe(methods.Split(", "));
            (await response.Content.ReadAsByteArrayAsync()).ShouldBeEmpty();
        }
    }

    [Fact(Timeout = 30_000)]
    public async Task The_server_as_a_whole_tells_its_methods()
    {
        await using var server = await RunningServer.StartAsync();
        using var connection = await server.ConnectAsync();
        await connection.SendAsync("OPTIONS * HTTP/1.1\nHost: localhost\nConnection: close\n\n");
        var answer = await connection.ReadToEndAsync();
        answer.ShouldStartWith("HTTP/1.1 204 ");
        answer.ShouldContain("\r\nAllow: GET, HEAD, POST, DELETE, ");
    }

    [Fact(Timeout = 30_000)]
    public async Task A_path_that_is_not_there_has_none()
    {
        await using var server = await RunningServer.StartAsync();
        await RunningServer.ProblemAsync(await SendAsync(server, "OPTIONS", "/nothing"), 404, "not_found");
    }

    private static Task<HttpResponseMessage> SendAsync(RunningServer server, string method, string path) => server.Http.SendAsync(new HttpRequestMessage(new HttpMethod(method), path));
}
