using System.Net;

namespace SandboxApi.Server.Tests.Authentication;

/// <summary>Pages of the origins that the operator names can read what they are answered; no other can.</summary>
public sealed class CrossOriginTests
{
    private const string Ide = "https://ide.example.com";

    [Theory(Timeout = 30_000)]
    [InlineData("GET", "/usages/", 200)]
    [InlineData("GET", "/environments/00000000-0000-0000-0000-000000000000/", 404)]
    [InlineData("POST", "/execute/", 415)]
    [InlineData("DELETE", "/usages/", 405)]
    [InlineData("GET", "/nothing", 404)]
    public async Task A_page_of_a_named_origin_reads_answers_and_errors(string method, string path, int status)
    {
        await using var server = await StartAsync(Ide);
        using var response = await SendAsync(server, method, path, ("Origin", Ide), ("Sec-Fetch-Site", "cross-site"));
        ((int)response.StatusCode).ShouldBe(status);
        Header(response, "Access-Control-Allow-Origin").ShouldBe(Ide);
        Header(response, "Vary").ShouldBe("Origin");
        Header(response, "Access-Control-Expose-Headers")!.Split(", ").ShouldBe(["X-Run-Id", "Content-Disposition", "Retry-After", "ETag", "Accept-Ranges", "Content-Range", "Allow", "WWW-Authenticate"]);
        Header(response, "Access-Control-Allow-Credentials").ShouldBeNull();
    }

    [Fact(Timeout = 30_000)]
    public async Task A_page_may_ask_before_it_sends_its_key()
    {
        await using var server = await StartAsync(Ide, key: "secret");
        using var response = await SendAsync(server, "OPTIONS", "/execute/", ("Origin", Ide), ("Access-Control-Request-Method", "POST"), ("Access-Control-Request-Headers", "authorization, content-type"), ("Access-Control-Request-Private-Network", "true"));
        response.StatusCode.ShouldBe(HttpStatusCode.NoContent);
        Header(response, "Access-Control-Allow-Origin").ShouldBe(Ide);
        Header(response, "Access-Control-Allow-Methods")!.ShouldContain("POST");
        Header(response, "Access-Control-Allow-Headers")!.ShouldContain("authorization");
        Header(response, "Access-Control-Max-Age").ShouldBe("600");
        Header(response, "Access-Control-Allow-Private-Network").ShouldBe("true");

        using var refused = await SendAsync(server, "POST", "/execute/", ("Origin", Ide));
        refused.StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        Header(refused, "Access-Control-Allow-Origin").ShouldBe(Ide);
    }

    [Theory(Timeout = 30_000)]
    [InlineData("authorization,content-type,traceparent,x-requested-with", true)]
    [InlineData("authorization, sentry-trace", true)]
    [InlineData("", false)]
    [InlineData("a: b", false)]
    [InlineData("<script>", false)]
    public async Task A_page_may_send_the_headers_that_its_libraries_add(string asked, bool isTaken)
    {
        await using var server = await StartAsync(Ide, key: "secret");
        using var response = await SendAsync(server, "OPTIONS", "/execute/", ("Origin", Ide), ("Access-Control-Request-Method", "POST"), ("Access-Control-Request-Headers", asked));
        response.StatusCode.ShouldBe(HttpStatusCode.NoContent);
        Header(response, "Access-Control-Allow-Headers").ShouldBe(isTaken ? asked : "Authorization, Content-Type, Range, If-Range, If-None-Match");
    }

    [Theory(Timeout = 30_000)]
    [InlineData("https://evil.example")]
    [InlineData("http://ide.example.com")]
    [InlineData("https://ide.example.com:8443")]
    [InlineData("https://ide.example.com.evil.example")]
    [InlineData("https://xide.example.com")]
    [InlineData("null")]
    [InlineData("*")]
    [InlineData("")]
    public async Task No_other_page_reads_anything(string origin)
    {
        foreach (var key in new[] { null, "secret" })
        {
            await using var server = await StartAsync(Ide, key);
            foreach (var (method, path) in new[] { ("GET", "/usages/"), ("OPTIONS", "/execute/"), ("GET", "/health/live") })
            {
                using var response = await SendAsync(server, method, path, ("Origin", origin), ("Access-Control-Request-Method", "POST"));
                response.Headers.NonValidated.ShouldAllBe(header => !header.Key.StartsWith("Access-Control-", StringComparison.OrdinalIgnoreCase));
                Header(response, "Vary").ShouldBe("Origin");
            }
        }
    }

    [Fact(Timeout = 30_000)]
    public async Task All_pages_are_let_in_only_where_the_operator_says_so()
    {
        await using var all = await StartAsync("*");
        using var open = await SendAsync(all, "GET", "/usages/", ("Origin", "https://any.example"));
        Header(open, "Access-Control-Allow-Origin").ShouldBe("*");

        await using var none = await RunningServer.StartAsync();
        using var closed = await SendAsync(none, "GET", "/usages/", ("Origin", none.Server.Url.GetLeftPart(UriPartial.Authority)));
        closed.StatusCode.ShouldBe(HttpStatusCode.OK);
        closed.Headers.NonValidated.ShouldAllBe(header => !header.Key.StartsWith("Access-Control-", StringComparison.OrdinalIgnoreCase) && header.Key != "Vary");
    }

    private static Task<RunningServer> StartAsync(string origin, string? key = null) => RunningServer.StartAsync(options =>
    {
        options.AllowedOrigins.Add(origin);
        options.ApiKey = key;
    });

    private static string? Header(HttpResponseMessage response, string name) => response.Headers.NonValidated.TryGetValues(name, out var values) ? values.ToString() : null;

    private static Task<HttpResponseMessage> SendAsync(RunningServer server, string method, string path, params (string Name, string Value)[] headers)
    {
        var request = new HttpRequestMessage(new HttpMethod(method), path);
        foreach (var (name, value) in headers)
            request.Headers.TryAddWithoutValidation(name, value);
        return server.Http.SendAsync(request);
    }
}
