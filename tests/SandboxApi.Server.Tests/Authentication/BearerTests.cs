using System.Net;

namespace SandboxApi.Server.Tests.Authentication;

public sealed class BearerTests
{
    private static Task<RunningServer> StartAsync() => RunningServer.StartAsync(options =>
    {
        options.ApiKey = "first-key";
        options.ApiKeySecondary = "second-key";
    });

    private static async Task<HttpResponseMessage> GetAsync(RunningServer server, string? authorization, string path = "/libraries/")
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        if (authorization is not null)
            request.Headers.TryAddWithoutValidation("Authorization", authorization);
        return await server.Http.SendAsync(request);
    }

    [Theory(Timeout = 30_000)]
    [InlineData("Bearer first-key")]
    [InlineData("Bearer second-key")]
    [InlineData("bearer first-key")]
    public async Task Either_key_is_let_in(string authorization)
    {
        await using var server = await StartAsync();
        (await GetAsync(server, authorization)).StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Theory(Timeout = 30_000)]
    [InlineData(null, "Bearer realm=\"sandbox\"")]
    [InlineData("Basic Zmlyc3Qta2V5", "Bearer realm=\"sandbox\"")]
    [InlineData("first-key", "Bearer realm=\"sandbox\"")]
    [InlineData("Bearer", "Bearer realm=\"sandbox\"")]
    [InlineData("Bearer first-kez", "Bearer realm=\"sandbox\", error=\"invalid_token\"")]
    [InlineData("Bearer first-key2", "Bearer realm=\"sandbox\", error=\"invalid_token\"")]
    [InlineData("Bearer first-ke", "Bearer realm=\"sandbox\", error=\"invalid_token\"")]
    public async Task Anything_else_is_refused_with_a_challenge(string? authorization, string challenge)
    {
        await using var server = await StartAsync();
        var response = await GetAsync(server, authorization);
        response.Headers.NonValidated["WWW-Authenticate"].ToString().ShouldBe(challenge);
        (await RunningServer.ProblemAsync(response, 401, "unauthorized")).GetProperty("detail").GetString()!.ShouldNotContain("first-ke");
    }

    [Theory(Timeout = 30_000)]
    [InlineData("/specifications")]
    [InlineData("/usages")]
    [InlineData("/environments/872b604c-9cce-42e2-8888-9a0311f3a724/")]
    [InlineData("/files/872b604c-9cce-42e2-8888-9a0311f3a724/empty")]
    [InlineData("/execute/")]
    [InlineData("/openapi.json")]
    [InlineData("/nothing")]
    [InlineData("/health")]
    public async Task Every_path_but_health_asks_for_a_key(string path)
    {
        await using var server = await StartAsync();
        await RunningServer.ProblemAsync(await GetAsync(server, null, path), 401, "unauthorized");
    }

    [Theory(Timeout = 30_000)]
    [InlineData("/health/live")]
    [InlineData("/health/ready/")]
    public async Task Health_is_open(string path)
    {
        await using var server = await StartAsync();
        (await GetAsync(server, null, path)).StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Fact(Timeout = 30_000)]
    public async Task Without_a_key_nothing_runs()
    {
        await using var server = await StartAsync();
        await RunningServer.ProblemAsync(await server.PostJsonAsync("""{"commands":["true"]}"""), 401, "unauthorized");
        server.Sandbox.Configs.ShouldBeEmpty();
    }

    [Fact(Timeout = 30_000)]
    public async Task A_second_key_alone_is_enough()
    {
        await using var server = await RunningServer.StartAsync(options => options.ApiKeySecondary = "only");
        (await GetAsync(server, "Bearer only")).StatusCode.ShouldBe(HttpStatusCode.OK);
        (await GetAsync(server, null)).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
    }
}
