using System.Net;

namespace SandboxApi.Server.Tests.Errors;

public sealed class ErrorTests
{
    [Theory(Timeout = 30_000)]
    [InlineData("GET", "/execute/", "POST")]
    [InlineData("HEAD", "/execute", "POST")]
    [InlineData("POST", "/specifications/", "GET, HEAD")]
    [InlineData("DELETE", "/usages", "GET, HEAD")]
    [InlineData("PUT", "/libraries/", "GET, HEAD")]
    [InlineData("PUT", "/environments/872b604c-9cce-42e2-8888-9a0311f3a724/", "DELETE, GET, HEAD")]
    [InlineData("POST", "/files/872b604c-9cce-42e2-8888-9a0311f3a724/a/b/", "GET, HEAD")]
    [InlineData("POST", "/health/ready", "GET, HEAD")]
    public async Task Another_method_is_refused_with_those_that_are_possible(string method, string path, string allowed)
    {
        await using var server = await RunningServer.StartAsync();
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        var response = await server.Http.SendAsync(request);
        response.Content.Headers.Allow.Order().ShouldBe(allowed.Split(", ").Order());
        if (method == "HEAD")
            response.StatusCode.ShouldBe(HttpStatusCode.MethodNotAllowed);
        else
            (await RunningServer.ProblemAsync(response, 405, "invalid_request")).GetProperty("detail").GetString()!.ShouldContain(method);
    }

    [Theory(Timeout = 30_000)]
    [InlineData("\u00e9t\u00e9")]
    [InlineData("\u00c3\u00a9")]
    [InlineData("\u00ff\u00fe")]
    public async Task A_header_that_says_nothing_here_may_be_in_any_encoding(string latin1)
    {
        // Python's requests and many proxies write Latin-1, others UTF-8.
        await using var server = await RunningServer.StartAsync();
        using var connection = await server.ConnectAsync();
        await connection.SendAsync($"GET /usages/ HTTP/1.1\nHost: localhost\nUser-Agent: {latin1}\nX-Remote-User: {latin1}\nConnection: close\n\n");
        (await connection.ReadToEndAsync()).ShouldStartWith("HTTP/1.1 200 OK");
    }

    [Theory(Timeout = 30_000)]
    [InlineData("/")]
    [InlineData("/nope")]
    [InlineData("/execute/more")]
    [InlineData("/specifications/x")]
    public async Task An_unknown_path_is_not_found(string path)
    {
        await using var server = await RunningServer.StartAsync();
        await RunningServer.ProblemAsync(await server.Http.GetAsync(path), 404, "not_found");
    }

    [Fact(Timeout = 30_000)]
    public async Task No_violations_are_listed_where_there_are_none()
    {
        await using var server = await RunningServer.StartAsync();
        (await RunningServer.ProblemAsync(await server.Http.GetAsync("/nope"), 404, "not_found")).TryGetProperty("violations", out _).ShouldBeFalse();
    }

    [Fact(Timeout = 30_000)]
    public async Task The_server_does_not_say_what_it_is_made_of()
    {
        await using var server = await RunningServer.StartAsync();
        (await server.Http.GetAsync("/nope")).Headers.Contains("Server").ShouldBeFalse();
    }
}
