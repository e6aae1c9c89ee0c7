using System.Net;
using System.Text;

namespace SandboxApi.Server.Tests.Authentication;

/// <summary>A server without a key against web pages: forms sent from elsewhere, and names made to point here.</summary>
public sealed class WebPageTests
{
    private const string Json = """{"commands":["true"]}""";

    [Theory(Timeout = 30_000)]
    [InlineData("Origin", "https://evil.example")]
    [InlineData("Origin", "http://127.0.0.1:1")]
    [InlineData("Origin", "http://127.0.0.1")]
    [InlineData("Origin", "null")]
    [InlineData("Origin", "")]
    [InlineData("Sec-Fetch-Site", "cross-site")]
    [InlineData("Sec-Fetch-Site", "same-site")]
    [InlineData("Sec-Fetch-Site", "CROSS-SITE")]
    [InlineData("Sec-Fetch-Site", "same-origin, cross-site")]
    public async Task A_page_of_another_origin_runs_and_reads_nothing(string header, string value)
    {
        await using var server = await RunningServer.StartAsync();
        foreach (var path in new[] { "/execute/", "/specifications/", $"/environments/{FakeSandbox.Stored}/", "/openapi.json", "/nowhere" })
            await RunningServer.ProblemAsync(await SendAsync(server, path, (header, value)), 403, "forbidden");
        server.Sandbox.Configs.ShouldBeEmpty();
    }

    [Fact(Timeout = 30_000)]
    public async Task A_refusal_gives_pages_no_permission_and_operators_the_settings_that_help()
    {
        await using var server = await RunningServer.StartAsync();
        var response = await SendAsync(server, "/execute/", ("Origin", "https://evil.example"));
        response.Headers.ShouldNotContain(header => header.Key.StartsWith("Access-Control", StringComparison.OrdinalIgnoreCase));
        var detail = (await RunningServer.ProblemAsync(response, 403, "forbidden")).GetProperty("detail").GetString()!;
        detail.ShouldContain("api-key");
        detail.ShouldContain("allowed-origins");
        detail.ShouldNotContain("evil");
    }

    [Fact(Timeout = 30_000)]
    public async Task A_preflight_gets_no_permission()
    {
        await using var server = await RunningServer.StartAsync();
        using var request = new HttpRequestMessage(HttpMethod.Options, "/execute/");
        request.Headers.Add("Origin", "https://evil.example");
        request.Headers.Add("Access-Control-Request-Method", "POST");
        var response = await server.Http.SendAsync(request, TestContext.Current.CancellationToken);
        response.StatusCode.ShouldBe(HttpStatusCode.Forbidden);
        response.Headers.ShouldNotContain(header => header.Key.StartsWith("Access-Control", StringComparison.OrdinalIgnoreCase));
    }

    [Fact(Timeout = 30_000)]
    public async Task The_servers_own_pages_typed_addresses_and_programs_are_served()
    {
        await using var server = await RunningServer.StartAsync();
        var own = server.Server.Url.GetLeftPart(UriPartial.Authority);
        foreach (var headers in new[] { [], new[] { ("Origin", own) }, [("Sec-Fetch-Site", "same-origin"), ("Origin", own)], [("Sec-Fetch-Site", "none")], [("Sec-Fetch-Site", "same-origin"), ("Origin", "https://before.the.proxy")], [("Referer", "https://elsewhere.example/")] })
            (await SendAsync(server, "/execute/", headers)).StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Theory(Timeout = 30_000)]
    [InlineData("evil.example")]
    [InlineData("evil.example:7000")]
    [InlineData("localhost.evil.example")]
    [InlineData("127.0.0.1.evil.example")]
    [InlineData("notlocalhost")]
    [InlineData("127.0.0.1:7000@evil.example")]
    public async Task A_name_that_a_page_made_point_here_is_refused(string host)
    {
        await using var server = await RunningServer.StartAsync();
        var status = (await AskAsync(server, host))[9..12];
        status.ShouldBeOneOf("403", "400");
        if (!host.Contains('@', StringComparison.Ordinal))
            status.ShouldBe("403");
    }

    [Theory(Timeout = 30_000)]
    [InlineData("localhost")]
    [InlineData("LOCALHOST:7000")]
    [InlineData("localhost.:7000")]
    [InlineData("app.localhost:7000")]
    [InlineData("127.0.0.1:7000")]
    [InlineData("127.1.2.3")]
    [InlineData("[::1]:7000")]
    [InlineData("192.168.1.5:7000")]
    public async Task Localhost_and_addresses_are_known(string host)
    {
        await using var server = await RunningServer.StartAsync();
        (await AskAsync(server, host))[9..12].ShouldBe("200");
    }

    [Fact(Timeout = 30_000)]
    public async Task A_request_of_HTTP_1_0_may_name_no_host()
    {
        await using var server = await RunningServer.StartAsync();
        using var connection = await server.ConnectAsync();
        await connection.SendAsync("GET /usages HTTP/1.0\r\n\r\n");
        (await connection.ReadToEndAsync())[9..12].ShouldBe("200");
    }

    [Fact(Timeout = 30_000)]
    public async Task The_operator_names_hosts_and_origins_that_may_call()
    {
        await using var server = await RunningServer.StartAsync(options =>
        {
            options.AllowedOrigins.Add("https://ide.example.com");
            options.AllowedHosts.Add("sandbox.example.com");
        });
        (await AskAsync(server, "Sandbox.example.com"))[9..12].ShouldBe("200");
        (await AskAsync(server, "evil.example"))[9..12].ShouldBe("403");
        (await SendAsync(server, "/execute/", ("Origin", "https://ide.example.com"), ("Sec-Fetch-Site", "cross-site"))).StatusCode.ShouldBe(HttpStatusCode.OK);
        (await SendAsync(server, "/execute/", ("Origin", "https://ide.example.com.evil.example"))).StatusCode.ShouldBe(HttpStatusCode.Forbidden);
        (await SendAsync(server, "/execute/", ("Origin", "http://ide.example.com"))).StatusCode.ShouldBe(HttpStatusCode.Forbidden);
    }

    [Fact(Timeout = 30_000)]
    public async Task Stars_allow_all()
    {
        await using var server = await RunningServer.StartAsync(options =>
        {
            options.AllowedOrigins.Add("*");
            options.AllowedHosts.Add("*");
        });
        (await AskAsync(server, "any.example"))[9..12].ShouldBe("200");
        (await SendAsync(server, "/execute/", ("Origin", "null"))).StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Fact(Timeout = 30_000)]
    public async Task With_a_key_the_key_decides()
    {
        await using var server = await RunningServer.StartAsync(options => options.ApiKeySecondary = "key");
        (await SendAsync(server, "/execute/", ("Origin", "https://ide.example.com"), ("Authorization", "Bearer key"))).StatusCode.ShouldBe(HttpStatusCode.OK);
        (await SendAsync(server, "/execute/", ("Origin", "https://ide.example.com"))).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        (await AskAsync(server, "public.example", "Authorization: Bearer key\r\n"))[9..12].ShouldBe("200");
    }

    [Fact(Timeout = 30_000)]
    public async Task A_public_address_is_called_by_any_name_unless_names_are_given()
    {
        foreach (var (allowed, status) in new[] { (null, "200"), ("other.example", "403") })
        {
            await using var server = await RunningServer.StartAsync(options =>
            {
                options.Urls[0] = "http://0.0.0.0:0";
                options.AllowPublicWithoutKey = true;
                if (allowed is not null)
                    options.AllowedHosts.Add(allowed);
            });
            (await AskAsync(server, "sandbox.example"))[9..12].ShouldBe(status);
        }
    }

    [Fact(Timeout = 30_000)]
    public async Task Health_is_told_to_everyone()
    {
        await using var server = await RunningServer.StartAsync();
        (await SendAsync(server, "/health/live", ("Sec-Fetch-Site", "cross-site"))).StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Theory(Timeout = 30_000)]
    [InlineData("https://ide.example.com/", "")]
    [InlineData("ide.example.com", "")]
    [InlineData("ftp://ide.example.com", "")]
    [InlineData("https://me@ide.example.com", "")]
    [InlineData("", "sandbox.example:7000")]
    [InlineData("", "http://sandbox.example")]
    [InlineData("", "a b")]
    public async Task What_is_no_origin_or_host_is_refused_at_start(string origin, string host)
    {
        var exception = await Should.ThrowAsync<ArgumentException>(() => RunningServer.StartAsync(options =>
        {
            if (origin.Length > 0)
                options.AllowedOrigins.Add(origin);
            if (host.Length > 0)
                options.AllowedHosts.Add(host);
        }));
        exception.Message.ShouldContain(origin.Length > 0 ? "allowed-origins" : "allowed-hosts");
    }

    private static async Task<HttpResponseMessage> SendAsync(RunningServer server, string path, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(path == "/execute/" ? HttpMethod.Post : HttpMethod.Get, path);
        if (path == "/execute/")
            request.Content = new StringContent(Json, Encoding.UTF8, "application/json");
        foreach (var (name, value) in headers)
            request.Headers.TryAddWithoutValidation(name, value).ShouldBeTrue();
        return await server.Http.SendAsync(request, TestContext.Current.CancellationToken);
    }

    private static async Task<string> AskAsync(RunningServer server, string host, string headers = "")
    {
        using var connection = await server.ConnectAsync();
        await connection.SendAsync($"GET /usages HTTP/1.1\r\nHost: {host}\r\n{headers}Connection: close\r\n\r\n");
        return await connection.ReadToEndAsync();
    }
}
