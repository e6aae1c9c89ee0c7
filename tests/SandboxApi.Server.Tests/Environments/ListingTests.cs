using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;

namespace SandboxApi.Server.Tests.Environments;

public sealed class ListingTests
{
    private static readonly DateTimeOffset s_saved = new(2026, 11, 24, 10, 3, 35, TimeSpan.Zero);

    [Theory(Timeout = 30_000)]
    [InlineData("/environments/")]
    [InlineData("/environments")]
    public async Task Whoever_has_a_key_sees_the_list(string path)
    {
        await using var server = await StartAsync(options => options.ApiKey = "secret");
        server.Http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", "secret");

        (await server.Http.GetStringAsync(path)).ShouldBe(
            """{"environments":[{"environment":"00000001-0000-4000-8000-000000000000","size":10,"saved":"2026-11-24T10:03:35.000000+00:00","expire":"2026-11-25T10:03:35.000000+00:00"},{"environment":"00000002-0000-4000-8000-000000000000","size":20,"saved":"2026-11-24T10:03:35.000000+00:00","expire":"2026-11-25T10:03:35.000000+00:00"}]}""");
    }

    [Fact(Timeout = 30_000)]
    public async Task A_key_with_a_label_is_a_key()
    {
        await using var server = await StartAsync(options => options.ApiKeys["grader"] = "secret");
        server.Http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", "secret");

        (await server.Http.GetAsync("/environments/")).StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Fact(Timeout = 30_000)]
    public async Task It_comes_page_by_page()
    {
        await using var server = await StartAsync(options => options.ListEnvironments = ListingAccess.All);

        using var first = JsonDocument.Parse(await server.Http.GetStringAsync("/environments/?limit=1"));
        var next = first.RootElement.GetProperty("next").GetString();
        using var second = JsonDocument.Parse(await server.Http.GetStringAsync($"/environments/?limit=1&after={next}"));

        second.RootElement.GetProperty("environments")[0].GetProperty("size").GetInt32().ShouldBe(20);
        second.RootElement.TryGetProperty("next", out _).ShouldBeFalse();
    }

    [Theory(Timeout = 30_000)]
    [InlineData(ListingAccess.Keys, null, HttpStatusCode.Forbidden)]
    [InlineData(ListingAccess.None, null, HttpStatusCode.Forbidden)]
    [InlineData(ListingAccess.All, null, HttpStatusCode.OK)]
    [InlineData(ListingAccess.Keys, "secret", HttpStatusCode.Unauthorized)]
    [InlineData(ListingAccess.All, "secret", HttpStatusCode.Unauthorized)]
    public async Task Who_has_no_key_sees_it_only_where_the_operator_says_so(ListingAccess access, string? key, HttpStatusCode expected)
    {
        await using var server = await StartAsync(options => (options.ListEnvironments, options.ApiKey) = (access, key));

        var response = await server.Http.GetAsync("/environments/");

        response.StatusCode.ShouldBe(expected);
        if (expected == HttpStatusCode.Forbidden)
            (await RunningServer.ProblemAsync(response, 403, "forbidden")).GetProperty("detail").GetString()!.ShouldContain("list-environments");
    }

    [Fact(Timeout = 30_000)]
    public async Task Nobody_sees_it_where_the_operator_keeps_it()
    {
        await using var server = await StartAsync(options => (options.ListEnvironments, options.ApiKey) = (ListingAccess.None, "secret"));
        server.Http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", "secret");

        await RunningServer.ProblemAsync(await server.Http.GetAsync("/environments/"), 403, "forbidden");
    }

    [Theory(Timeout = 30_000)]
    [InlineData("limit=0")]
    [InlineData("limit=1001")]
    [InlineData("limit=-1")]
    [InlineData("limit=+1")]
    [InlineData("limit=1&limit=2")]
    [InlineData("limit=")]
    [InlineData("after=x")]
    [InlineData("after=")]
    public async Task A_query_that_is_not_understood_is_400(string query)
    {
        await using var server = await StartAsync(options => options.ListEnvironments = ListingAccess.All);

        var problem = await RunningServer.ProblemAsync(await server.Http.GetAsync("/environments/?" + query), 400, "invalid_request");

        problem.GetProperty("detail").GetString()!.ShouldContain(query[..query.IndexOf('=', StringComparison.Ordinal)]);
    }

    [Fact(Timeout = 30_000)]
    public async Task An_environment_is_deleted_once()
    {
        await using var server = await StartAsync();
        const string Path = "/environments/00000001-0000-4000-8000-000000000000/";

        var response = await server.Http.DeleteAsync(Path);

        response.StatusCode.ShouldBe(HttpStatusCode.NoContent);
        server.Sandbox.Environments.Count.ShouldBe(1);
        await RunningServer.ProblemAsync(await server.Http.DeleteAsync(Path), 404, "not_found");
        await RunningServer.ProblemAsync(await server.Http.DeleteAsync("/environments/no-id/"), 404, "not_found");
    }

    [Fact(Timeout = 30_000)]
    public async Task Deleting_needs_the_key_and_is_not_for_pages_of_other_origins()
    {
        await using var locked = await StartAsync(options => options.ApiKey = "secret");
        (await locked.Http.DeleteAsync("/environments/00000001-0000-4000-8000-000000000000/")).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        locked.Sandbox.Environments.Count.ShouldBe(2);

        await using var open = await StartAsync();
        using var request = new HttpRequestMessage(HttpMethod.Delete, "/environments/00000001-0000-4000-8000-000000000000/");
        request.Headers.Add("Origin", "https://evil.example");
        (await open.Http.SendAsync(request)).StatusCode.ShouldBe(HttpStatusCode.Forbidden);
        open.Sandbox.Environments.Count.ShouldBe(2);
    }

    private static async Task<RunningServer> StartAsync(Action<SandboxServerOptions>? configure = null)
    {
        var server = await RunningServer.StartAsync(configure);
        for (var i = 1; i <= 2; i++)
            server.Sandbox.Environments.Add(new EnvironmentInfo { Environment = new Guid(i, 0, 0x4000, 0x80, 0, 0, 0, 0, 0, 0, 0), Size = 10 * i, Saved = s_saved, Expire = s_saved.AddDays(1) });
        return server;
    }
}
