using System.Net;
using System.Net.Http.Headers;
using System.Text;

namespace SandboxApi.Server.Tests.Environments;

public sealed class RangeTests
{
    private const string Content = "0123456789";
    private static readonly string s_file = $"/files/{FakeSandbox.Stored}/ten/";

    [Theory(Timeout = 30_000)]
    [InlineData("bytes=0-3", "0123", "bytes 0-3/10")]
    [InlineData("bytes=4-", "456789", "bytes 4-9/10")]
    [InlineData("bytes=-3", "789", "bytes 7-9/10")]
    [InlineData("bytes=-30", "0123456789", "bytes 0-9/10")]
    [InlineData("bytes=8-100", "89", "bytes 8-9/10")]
    [InlineData("bytes=9-9", "9", "bytes 9-9/10")]
    [InlineData("BYTES=0-9", "0123456789", "bytes 0-9/10")]
    public async Task A_range_is_answered_206_with_that_part(string range, string part, string told)
    {
        await using var server = await StartAsync();
        foreach (var seekable in new[] { true, false })
        {
            foreach (var path in new[] { s_file, $"/environments/{FakeSandbox.Stored}/" })
            {
                server.Sandbox.IsSeekable = seekable;
                using var response = await GetAsync(server, path, range);
                response.StatusCode.ShouldBe(HttpStatusCode.PartialContent);
                response.Content.Headers.NonValidated["Content-Range"].ToString().ShouldBe(told);
                response.Content.Headers.ContentLength.ShouldBe(part.Length);
                response.Headers.NonValidated["Accept-Ranges"].ToString().ShouldBe("bytes");
                (await response.Content.ReadAsStringAsync()).ShouldBe(part);
            }
        }
    }

    [Theory(Timeout = 30_000)]
    [InlineData("bytes=0-1,4-5")]
    [InlineData("bytes=5-2")]
    [InlineData("bytes=a-b")]
    [InlineData("bytes=")]
    [InlineData("lines=0-1")]
    [InlineData("bytes=99999999999999999999-")]
    public async Task Another_range_is_answered_with_the_whole(string range)
    {
        await using var server = await StartAsync();
        using var response = await GetAsync(server, s_file, range);
        response.StatusCode.ShouldBe(HttpStatusCode.OK);
        (await response.Content.ReadAsStringAsync()).ShouldBe(Content);
    }

    [Theory(Timeout = 30_000)]
    [InlineData("ten", "bytes=10-", "bytes */10")]
    [InlineData("ten", "bytes=-0", "bytes */10")]
    [InlineData("empty", "bytes=0-0", "bytes */0")]
    public async Task A_range_behind_the_end_is_416_with_the_size(string file, string range, string told)
    {
        await using var server = await StartAsync();
        using var response = await GetAsync(server, $"/files/{FakeSandbox.Stored}/{file}/", range);
        await RunningServer.ProblemAsync(response, 416, "invalid_request");
        response.Content.Headers.NonValidated["Content-Range"].ToString().ShouldBe(told);
    }

    [Fact(Timeout = 30_000)]
    public async Task A_download_that_broke_off_goes_on_only_if_it_is_the_same()
    {
        await using var server = await StartAsync();
        using var whole = await server.Http.GetAsync(s_file);
        var tag = whole.Headers.ETag.ShouldNotBeNull();
        tag.IsWeak.ShouldBeFalse();
        using var same = await GetAsync(server, s_file, "bytes=4-", ("If-Range", tag.ToString()));
        same.StatusCode.ShouldBe(HttpStatusCode.PartialContent);
        foreach (var other in new[] { "\"other\"", "W/" + tag, "Mon, 30 Nov 2026 09:00:00 GMT", "nonsense" })
        {
            using var changed = await GetAsync(server, s_file, "bytes=4-", ("If-Range", other));
            changed.StatusCode.ShouldBe(HttpStatusCode.OK, other);
            (await changed.Content.ReadAsStringAsync()).ShouldBe(Content);
        }

        server.Sandbox.Files["ten"] = "other"u8.ToArray();
        using var replaced = await GetAsync(server, s_file, "bytes=4-", ("If-Range", tag.ToString()));
        (await replaced.Content.ReadAsStringAsync()).ShouldBe("other");
    }

    [Fact(Timeout = 30_000)]
    public async Task What_the_client_has_already_is_not_sent_again()
    {
        await using var server = await StartAsync();
        using var whole = await server.Http.GetAsync(s_file);
        foreach (var known in new[] { whole.Headers.ETag!.ToString(), "W/" + whole.Headers.ETag, "\"a\", " + whole.Headers.ETag, "*" })
        {
            using var response = await GetAsync(server, s_file, null, ("If-None-Match", known));
            response.StatusCode.ShouldBe(HttpStatusCode.NotModified, known);
        }

        using var unknown = await GetAsync(server, s_file, null, ("If-None-Match", "\"a\""));
        unknown.StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Fact(Timeout = 30_000)]
    public async Task What_has_changed_is_not_sent_to_whoever_wants_only_what_it_was()
    {
        await using var server = await StartAsync();
        using var whole = await server.Http.GetAsync(s_file);
        var tag = whole.Headers.ETag!.ToString();
        foreach (var wanted in new[] { tag, "\"a\", " + tag, "*" })
        {
            using var response = await GetAsync(server, s_file, "bytes=0-3", ("If-Match", wanted));
            response.StatusCode.ShouldBe(HttpStatusCode.PartialContent, wanted);
        }

        foreach (var wanted in new[] { "\"a\"", "W/" + tag, "nonsense" })
        {
            using var response = await GetAsync(server, s_file, "bytes=0-3", ("If-Match", wanted));
            await RunningServer.ProblemAsync(response, 412, "invalid_request");
        }
    }

    [Fact(Timeout = 30_000)]
    public async Task Head_tells_that_ranges_are_possible_and_pays_no_heed_to_one()
    {
        await using var server = await StartAsync();
        using var request = new HttpRequestMessage(HttpMethod.Head, s_file) { Headers = { Range = new RangeHeaderValue(2, 3) } };
        using var response = await server.Http.SendAsync(request);
        response.StatusCode.ShouldBe(HttpStatusCode.OK);
        response.Content.Headers.ContentLength.ShouldBe(10);
        response.Headers.AcceptRanges.ShouldBe(["bytes"]);
        response.Headers.ETag.ShouldNotBeNull();
    }

    private static async Task<RunningServer> StartAsync()
    {
        var server = await RunningServer.StartAsync();
        server.Sandbox.Files["ten"] = server.Sandbox.Files[""] = Encoding.ASCII.GetBytes(Content);
        return server;
    }

    private static Task<HttpResponseMessage> GetAsync(RunningServer server, string path, string? range, params (string Name, string Value)[] headers)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, path);
        if (range is not null)
            request.Headers.TryAddWithoutValidation("Range", range);
        foreach (var (name, value) in headers)
            request.Headers.TryAddWithoutValidation(name, value);
        return server.Http.SendAsync(request);
    }
}
