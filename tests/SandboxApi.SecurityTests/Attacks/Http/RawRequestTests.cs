using System.Text;
using SandboxApi.SecurityTests.Fixtures;
using SandboxApi.SecurityTests.Matrix;

namespace SandboxApi.SecurityTests.Attacks.Http;

/// <summary>Requests that two readers could understand differently, or that are none.</summary>
[Attack(41)]
public sealed class RawRequestTests(Arena arena) : ApiAttacks(arena)
{
    private const string Start = "POST /execute/ HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n";
    private const string Smuggled = "GET /usages HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";

    public static TheoryData<string, string> Smuggling => new()
    {
        { "two lengths", $"{Start}Content-Length: 30\r\nContent-Length: 5\r\n\r\n{Config}{Smuggled}" },
        { "two equal lengths", $"{Start}Content-Length: 30\r\nContent-Length: 30\r\n\r\n{Config}{Smuggled}" },
        { "a list of lengths", $"{Start}Content-Length: 30, 30\r\n\r\n{Config}{Smuggled}" },
        { "a negative length", $"{Start}Content-Length: -1\r\n\r\n{Config}{Smuggled}" },
        { "a length too large for any number", $"{Start}Content-Length: 99999999999999999999\r\n\r\n{Config}{Smuggled}" },
        { "a length in hex", $"{Start}Content-Length: 0x1e\r\n\r\n{Config}{Smuggled}" },
        { "an unknown coding", $"{Start}Transfer-Encoding: xchunked\r\n\r\n{Config}{Smuggled}" },
        { "chunked, then another coding", $"{Start}Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n{Smuggled}" },
        { "a space before the colon", $"{Start}Content-Length : 30\r\n\r\n{Config}{Smuggled}" },
        { "a folded header", $"{Start}X-Folded: a\r\n Content-Length: 0\r\nContent-Length: 30\r\n\r\n{Config}{Smuggled}" },
        { "a NUL in a header", $"{Start}X-Nul: a\0b\r\nContent-Length: 30\r\n\r\n{Config}{Smuggled}" },
        { "a bare CR in a header", $"{Start}X-Cr: a\rContent-Length: 0\r\nContent-Length: 30\r\n\r\n{Config}{Smuggled}" },
        { "a wrong chunk size", $"{Start}Transfer-Encoding: chunked\r\n\r\n1g\r\n{Config}\r\n0\r\n\r\n{Smuggled}" },
        { "a negative chunk size", $"{Start}Transfer-Encoding: chunked\r\n\r\n-1\r\n{Config}\r\n0\r\n\r\n{Smuggled}" },
        { "a chunk size that overflows", $"{Start}Transfer-Encoding: chunked\r\n\r\n1000000000000001e\r\n{Config}\r\n0\r\n\r\n{Smuggled}" },
        { "a chunk longer than it says", $"{Start}Transfer-Encoding: chunked\r\n\r\n5\r\n{Config}\r\n0\r\n\r\n{Smuggled}" },
        { "two hosts", $"GET /usages HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n\r\n{Smuggled}" },
        { "no host", $"GET /usages HTTP/1.1\r\n\r\n{Smuggled}" },
        { "no protocol", $"GET /usages\r\n\r\n{Smuggled}" },
        { "an unknown protocol", $"GET /usages HTTP/9.9\r\nHost: localhost\r\n\r\n{Smuggled}" },
        { "TLS", "\u0016\u0003\u0001\u0002\0\u0001\0\u0001\u00fc\u0003\u0003" + new string('x', 500) + "\r\n\r\n" + Smuggled },
        { "HTTP/2 by prior knowledge", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\u0004\0\0\0\0\0" + Smuggled },
        { "only line ends", string.Concat(Enumerable.Repeat("\r\n", 20_000)) + "\0" },
    };

    [Theory(Timeout = Long)]
    [MemberData(nameof(Smuggling))]
    public async Task What_could_be_two_requests_is_refused_and_the_connection_closed(string what, string request)
    {
        var answer = await SendAsync(Url, request);

        Answers(answer).ShouldBeLessThanOrEqualTo(1, what);
        Status(answer).ShouldBeOneOf(0, 400, 411, 413, 415, 501, 505);
        answer.ShouldNotContain("\"cpu\"");
        await ServesOnAsync();
    }

    [Fact(Timeout = Long)]
    public async Task Chunked_with_a_length_beside_it_is_one_request_and_never_two()
    {
        // RFC 9112, 6.3: chunked overrides the length, and the connection must end.
        var answer = await SendAsync(Url, $"{Start}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n{Config.Length:x}\r\n{Config}\r\n0\r\n\r\n{Smuggled}");

        Answers(answer).ShouldBe(1, answer);
        answer.ShouldNotContain("\"cpu\"");
    }

    [Fact(Timeout = Long)]
    public async Task Pipelined_requests_get_their_own_answers_in_order()
    {
        var requests = string.Concat(Enumerable.Range(0, 5).Select(i => Post($$"""{"commands":["echo number-{{i}}"]}""", connection: i == 4 ? "close" : "keep-alive")));

        var answer = await SendAsync(Url, requests);

        Answers(answer).ShouldBe(5);
        System.Text.RegularExpressions.Regex.Matches(answer, "\"stdout\":\"number-(\\d)\"").Select(match => match.Groups[1].Value).ShouldBe(["0", "1", "2", "3", "4"]);
    }

    [Theory(Timeout = Long)]
    [InlineData("TRACE", 404, 405)]
    [InlineData("CONNECT", 400, 405)]
    [InlineData("OPTIONS", 204, 204)]
    [InlineData("DELETE", 405, 405)]
    [InlineData("PROPFIND", 405, 405)]
    [InlineData("HEAD", 405, 405)]
    [InlineData("get", 400, 405)]
    public async Task Other_methods_do_nothing(string method, int least, int most)
    {
        var answer = await SendAsync(Url, Get("/execute/", "X-Echo: must-not-come-back\r\n", method));

        Status(answer).ShouldBeInRange(least, most, answer);
        answer.ShouldNotContain("must-not-come-back");
    }

    [Theory(Timeout = Long)]
    [InlineData("X: {0}\r\n", 40_000)]
    [InlineData("{0}: x\r\n", 40_000)]
    [InlineData("Cookie: {0}\r\n", 1_000_000)]
    [InlineData("Authorization: Bearer {0}\r\n", 100_000)]
    public async Task A_giant_header_is_431(string header, int length)
    {
        Status(await SendAsync(Url, Get("/usages", string.Format(header, new string('a', length))))).ShouldBeOneOf(431, 0);
        await ServesOnAsync();
    }

    [Fact(Timeout = Long)]
    public async Task A_flood_of_headers_is_431()
    {
        Status(await SendAsync(Url, Get("/usages", string.Concat(Enumerable.Range(0, 5000).Select(i => $"X{i}: y\r\n"))))).ShouldBeOneOf(431, 0);
        Status(await SendAsync(Url, Get("/usages", string.Concat(Enumerable.Repeat("X: y\r\n", 101))))).ShouldBeOneOf(431, 0);
        await ServesOnAsync();
    }

    [Theory(Timeout = Long)]
    [InlineData(20_000)]
    [InlineData(2_000_000)]
    public async Task A_giant_target_is_414(int length)
    {
        Status(await SendAsync(Url, Get("/" + new string('a', length)))).ShouldBeOneOf(414, 0);
        await ServesOnAsync();
    }

    [Fact(Timeout = Long)]
    public async Task A_query_of_any_form_is_ignored()
    {
        var query = new StringBuilder("?");
        for (var i = 0; i < 1500; i++)
            query.Append($"a{i % 3}=%&");
        Status(await SendAsync(Url, Get("/usages/" + query))).ShouldBe(200);
    }
}
