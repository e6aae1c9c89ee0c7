using System.Net;
using Microsoft.AspNetCore.Http;
using SandboxApi.Client.Tests.Servers;

namespace SandboxApi.Client.Tests.Errors;

public sealed class HttpExceptionTests
{
    private static readonly Guid Id = Guid.Parse("872b604c-9cce-42e2-8888-9a0311f3a724");

    public static TheoryData<int, string, bool> Statuses()
    {
        var data = new TheoryData<int, string, bool>();
        foreach (var line in """
            300 MultipleChoices 301 MovedPermanently 302 Found 303 SeeOther 304 NotModified 305 UseProxy 307 TemporaryRedirect 308 PermanentRedirect
            400 BadRequest 401 Unauthorized 402 PaymentRequired 403 Forbidden 404 NotFound 405 MethodNotAllowed 406 NotAcceptable 407 ProxyAuthenticationRequired
            408 RequestTimeout 409 Conflict 410 Gone 411 LengthRequired 412 PreconditionFailed 413 ContentTooLarge 414 UriTooLong 415 UnsupportedMediaType
            416 RangeNotSatisfiable 417 ExpectationFailed 421 MisdirectedRequest 422 UnprocessableContent 423 Locked 424 FailedDependency 426 UpgradeRequired
            428 PreconditionRequired 429 TooManyRequests 431 RequestHeaderFieldsTooLarge 451 UnavailableForLegalReasons 500 InternalServerError 501 NotImplemented
            502 BadGateway 503 ServiceUnavailable 504 GatewayTimeout 505 HttpVersionNotSupported 506 VariantAlsoNegotiates 507 InsufficientStorage 508 LoopDetected
            510 NotExtended 511 NetworkAuthenticationRequired
            """.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Chunk(2))
        {
            data.Add(int.Parse(line[0]), line[1], true);
            data.Add(int.Parse(line[0]), line[1], false);
        }

        return data;
    }

    [Fact]
    public void There_is_an_exception_for_each_status_of_the_protocol_and_no_other()
    {
        int[] expected = [.. Enumerable.Range(300, 6), 307, 308, .. Enumerable.Range(400, 18), 421, 422, 423, 424, 426, 428, 429, 431, 451, .. Enumerable.Range(500, 9), 510, 511];
        Statuses().Select(row => row.Data.Item1).Distinct().ShouldBe(expected);
        var types = typeof(SandboxClient).Assembly.GetExportedTypes().Where(type => type.IsSubclassOf(typeof(SandboxHttpException))).ToList();
        types.Count.ShouldBe(expected.Length);
        types.ShouldAllBe(type => type.IsSealed);
    }

    [Theory(Timeout = 30_000)]
    [MemberData(nameof(Statuses))]
    public async Task Each_status_of_the_protocol_has_an_exception_of_its_own(int status, string name, bool async)
    {
        await using var server = await FakeServer.StartAsync(status, "text/plain", "just words");
        using var client = new SandboxClient(server.Url);
        var exception = await Should.ThrowAsync<SandboxHttpException>(() => client.Libraries(async));
        exception.GetType().Name.ShouldBe($"Sandbox{name}Exception");
        exception.StatusCode.ShouldBe((HttpStatusCode)status);
        exception.Response.StatusCode.ShouldBe((HttpStatusCode)status);
        exception.Message.ShouldContain(status.ToString());
        exception.Problem.ShouldBeNull();
        if (status != 304)
            exception.Message.ShouldContain("just words");
    }

    [Theory(Timeout = 30_000)]
    [InlineData(306, true)]
    [InlineData(306, false)]
    [InlineData(418, true)]
    [InlineData(418, false)]
    [InlineData(599, true)]
    [InlineData(599, false)]
    [InlineData(799, true)]
    public async Task A_status_outside_the_list_gives_the_base_exception(int status, bool async)
    {
        await using var server = await FakeServer.StartAsync(status, "text/plain", "odd");
        using var client = new SandboxClient(server.Url);
        var exception = await Should.ThrowAsync<SandboxHttpException>(() => client.Execute(async, ExecutionConfig.Of("true")));
        exception.GetType().ShouldBe(typeof(SandboxHttpException));
        ((int)exception.StatusCode).ShouldBe(status);
    }

    [Theory(Timeout = 30_000)]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Problem_details_give_code_sentence_and_violations(bool async)
    {
        await using var server = await FakeServer.StartAsync(400, "application/problem+json", """
            {"type":"about:blank","title":"Bad Request","status":400,"detail":"The config is invalid: commands: is missing","code":"invalid_config",
             "violations":[{"field":"commands","message":"is missing"}],"trace":"x"}
            """);
        using var client = new SandboxClient(server.Url);
        var exception = await Should.ThrowAsync<SandboxBadRequestException>(() => client.Execute(async, ExecutionConfig.Of("true")));
        exception.Code.ShouldBe(SandboxErrorCode.InvalidConfig);
        exception.Message.ShouldContain("400");
        exception.Message.ShouldEndWith("The config is invalid: commands: is missing");
        exception.Violations.ShouldBe([new Violation("commands", "is missing")]);
        exception.Problem!.Title.ShouldBe("Bad Request");
        (await exception.Response.Content.ReadAsStringAsync()).ShouldContain("trace");
    }

    [Theory]
    [InlineData("busy", 503, SandboxErrorCode.Busy)]
    [InlineData("shutting_down", 503, SandboxErrorCode.ShuttingDown)]
    [InlineData("invalid_archive", 400, SandboxErrorCode.InvalidArchive)]
    [InlineData("too_large", 413, SandboxErrorCode.TooLarge)]
    [InlineData("of_tomorrow", 404, SandboxErrorCode.NotFound)]
    [InlineData("5", 404, SandboxErrorCode.NotFound)]
    public void The_code_of_the_problem_counts_more_than_the_status(string code, int status, SandboxErrorCode expected) =>
        SandboxHttpException.From(new HttpResponseMessage((HttpStatusCode)status), $$"""{"code":"{{code}}"}""").Code.ShouldBe(expected);

    [Theory]
    [InlineData(302, SandboxErrorCode.Unknown)]
    [InlineData(400, SandboxErrorCode.InvalidRequest)]
    [InlineData(401, SandboxErrorCode.Unauthorized)]
    [InlineData(403, SandboxErrorCode.Unauthorized)]
    [InlineData(404, SandboxErrorCode.NotFound)]
    [InlineData(405, SandboxErrorCode.InvalidRequest)]
    [InlineData(413, SandboxErrorCode.TooLarge)]
    [InlineData(429, SandboxErrorCode.Busy)]
    [InlineData(500, SandboxErrorCode.Internal)]
    [InlineData(502, SandboxErrorCode.Internal)]
    [InlineData(503, SandboxErrorCode.Busy)]
    public void Without_a_problem_the_status_gives_the_code(int status, SandboxErrorCode expected) =>
        SandboxHttpException.From(new HttpResponseMessage((HttpStatusCode)status), "words").Code.ShouldBe(expected);

    [Fact]
    public void A_page_is_told_in_its_words_without_tags_scripts_or_control_characters()
    {
        const string Page = "<!DOCTYPE html>\n<html><head><style>body { x }</style><script>evil('<b>')</script></head><!-- no --><body><h1>Not Found</h1>\n<p>Tom &amp; Jerry\u001b[31m</p></body></html>";
        var exception = SandboxHttpException.From(new HttpResponseMessage(HttpStatusCode.NotFound), Page);
        exception.Message.ShouldBe("the server answered 404 (Not Found): Not Found Tom & Jerry [31m");
        exception.Body.ShouldBe(Page);
    }

    [Fact]
    public void A_long_body_is_told_shortened() =>
        SandboxHttpException.From(new HttpResponseMessage(HttpStatusCode.InternalServerError), new string('x', 100_000)).Message.Length.ShouldBeLessThan(300);

    [Theory(Timeout = 30_000)]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Only_the_first_of_an_endless_error_body_is_kept(bool async)
    {
        await using var server = await FakeServer.StartAsync(async context =>
        {
            context.Response.StatusCode = 500;
            while (true)
                await context.Response.WriteAsync(new string('x', 10_000), context.RequestAborted);
        });
        using var client = new SandboxClient(server.Url);
        var exception = await Should.ThrowAsync<SandboxInternalServerErrorException>(() => client.Execute(async, ExecutionConfig.Of("true")));
        exception.Body.Length.ShouldBe(65_536);
        (await exception.Response.Content.ReadAsByteArrayAsync()).Length.ShouldBe(65_536);
    }

    [Theory(Timeout = 30_000)]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Retry_after_is_told(bool async)
    {
        await using var server = await FakeServer.StartAsync(context =>
        {
            context.Response.StatusCode = 503;
            context.Response.Headers.RetryAfter = "7";
            return Task.CompletedTask;
        });
        using var client = new SandboxClient(server.Url);
        var exception = await Should.ThrowAsync<SandboxServiceUnavailableException>(() => client.Execute(async, ExecutionConfig.Of("true")));
        exception.RetryAfter.ShouldBe(TimeSpan.FromSeconds(7));
        exception.Code.ShouldBe(SandboxErrorCode.Busy);
    }

    [Theory(Timeout = 30_000)]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_redirect_is_not_followed_and_its_target_never_sees_the_key(bool async)
    {
        await using var other = await FakeServer.StartAsync(200, "application/json", FakeServer.Result);
        await using var server = await FakeServer.StartAsync(context =>
        {
            context.Response.StatusCode = 307;
            context.Response.Headers.Location = other.Url + "execute/";
            return Task.CompletedTask;
        });
        using var client = new SandboxClient(new SandboxClientOptions { Url = new Uri(server.Url), ApiKey = "secret" });
        var exception = await Should.ThrowAsync<SandboxTemporaryRedirectException>(() => client.Execute(async, ExecutionConfig.Of("true")));
        exception.Message.ShouldContain(other.Url);
        other.Requests.ShouldBeEmpty();
    }

    [Theory(Timeout = 30_000)]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_server_without_a_path_that_every_sandbox_has_is_named_none(bool async)
    {
        await using var server = await FakeServer.StartAsync(404, "text/html", "<h1>404</h1>nginx");
        using var client = new SandboxClient(server.Url);
        (await Should.ThrowAsync<SandboxNotFoundException>(() => client.Specifications(async))).Code.ShouldBe(SandboxErrorCode.NotASandbox);
        (await Should.ThrowAsync<SandboxNotFoundException>(() => client.Execute(async, ExecutionConfig.Of("true")))).Code.ShouldBe(SandboxErrorCode.NotASandbox);
        var unknown = ExecutionConfig.Of("true") with { Environment = Id };
        (await Should.ThrowAsync<SandboxNotFoundException>(() => client.Execute(async, unknown))).Code.ShouldBe(SandboxErrorCode.NotFound);
        (await Should.ThrowAsync<SandboxNotFoundException>(() => client.Download(async, Id))).Code.ShouldBe(SandboxErrorCode.NotFound);
    }
}
