using System.IO.Compression;
using System.Text;
using SandboxApi.SecurityTests.Fixtures;
using SandboxApi.SecurityTests.Matrix;

namespace SandboxApi.SecurityTests.Attacks.Http;

/// <summary>Bodies that are too large, too many, too deep, or say something else than they are.</summary>
[Attack(41)]
public sealed class BodyTests(Arena arena) : ApiAttacks(arena)
{
    [Theory(Timeout = Long)]
    [InlineData("application/json", 100_000_000)]
    [InlineData("application/x-www-form-urlencoded", 100_000_000)]
    [InlineData("multipart/form-data; boundary=b", 100_000_000_000)]
    public async Task A_body_declared_too_large_is_413_before_it_is_sent(string type, long length)
    {
        var answer = await SendAsync(Url, $"POST /execute/ HTTP/1.1\r\nHost: localhost\r\nContent-Type: {type}\r\nContent-Length: {length}\r\n\r\n{{");

        Status(answer).ShouldBe(413, answer);
        Code(answer).ShouldBe("too_large");
    }

    [Fact(Timeout = Long)]
    public async Task A_chunked_body_without_end_is_413_at_the_limit()
    {
        await using var server = await ServeAsync(options => options.MaxConfigSize = 64 << 10);
        var chunk = $"4000\r\n{new string(' ', 0x4000)}\r\n";

        var answer = await SendAsync(server.Url, "POST /execute/ HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n" + string.Concat(Enumerable.Repeat(chunk, 64)));

        Status(answer).ShouldBeOneOf(413, 0);
        await ServesOnAsync(server.Url);
    }

    [Fact(Timeout = Long)]
    public async Task An_archive_over_the_limit_is_413()
    {
        await using var server = await ServeAsync(options => options.MaxArchiveSize = 10_000);

        var answer = await SendAsync(server.Url, Form([("environment", new byte[20_000]), ("config", Bytes(Config))]));

        Status(answer).ShouldBe(413, answer);
        Code(answer).ShouldBe("too_large");
    }

    [Fact(Timeout = Long)]
    public async Task An_archive_that_unpacks_to_gigabytes_is_413_and_takes_no_memory()
    {
        // 2 GiB of zeros in a file; compressed twice it would be smaller still, but only one layer is ever taken off.
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Optimal, leaveOpen: true))
        {
            var header = new byte[512];
            "bomb"u8.CopyTo(header);
            "0000644\0"u8.CopyTo(header.AsSpan(100));
            "20000000000\0"u8.CopyTo(header.AsSpan(124));
            header[156] = (byte)'0';
            "        "u8.CopyTo(header.AsSpan(148));
            Encoding.ASCII.GetBytes(Convert.ToString(header.Sum(b => b), 8).PadLeft(6, '0') + "\0").CopyTo(header, 148);
            await gzip.WriteAsync(header, Cancel);
            var zeros = new byte[1 << 20];
            for (var i = 0; i < 40; i++)
                await gzip.WriteAsync(zeros, Cancel);
        }

        var before = GC.GetTotalAllocatedBytes(precise: true);
        var answer = await SendAsync(Url, Form([("config", Bytes(Config)), ("environment", packed.ToArray())]));

        Status(answer).ShouldBe(413, answer);
        (GC.GetTotalAllocatedBytes(precise: true) - before).ShouldBeLessThan(16 << 20);
        await ServesOnAsync();
    }

    [Theory(Timeout = Long)]
    [InlineData("gzip")]
    [InlineData("deflate")]
    [InlineData("br")]
    [InlineData("gzip, gzip")]
    public async Task A_compressed_body_is_not_taken(string encoding)
    {
        Status(await SendAsync(Url, Post(Config, $"Content-Type: application/json\r\nContent-Encoding: {encoding}\r\n"))).ShouldBe(415);
    }

    [Theory(Timeout = Long)]
    [InlineData("multipart/form-data")]
    [InlineData("multipart/form-data; boundary=")]
    [InlineData("multipart/form-data; boundary=\"\"")]
    public async Task A_form_without_boundary_is_400(string type) =>
        Status(await SendAsync(Url, Post("--b\r\n\r\n--b--\r\n", $"Content-Type: {type}\r\n"))).ShouldBe(400);

    [Fact(Timeout = Long)]
    public async Task A_boundary_of_ten_kilobytes_is_400()
    {
        var boundary = new string('b', 10_000);
        Status(await SendAsync(Url, Post($"--{boundary}\r\n\r\n--{boundary}--\r\n", $"Content-Type: multipart/form-data; boundary={boundary}\r\n"))).ShouldBe(400);
    }

    [Fact(Timeout = Long)]
    public async Task Parts_headers_and_nesting_without_end_are_400()
    {
        Status(await SendAsync(Url, Form([.. Enumerable.Repeat(("x", Array.Empty<byte>()), 3000)]))).ShouldBe(400);
        Status(await SendAsync(Url, Multipart("--b\r\n" + string.Concat(Enumerable.Range(0, 3000).Select(i => $"X{i}: y\r\n")) + "\r\n\r\n--b--\r\n"))).ShouldBe(400);
        Status(await SendAsync(Url, Multipart($"--b\r\nX: {new string('y', 200_000)}\r\n\r\n\r\n--b--\r\n"))).ShouldBe(400);
        var nested = "--b\r\nContent-Disposition: form-data; name=\"config\"\r\nContent-Type: multipart/mixed; boundary=c\r\n\r\n" + string.Concat(Enumerable.Repeat("--c\r\nContent-Type: multipart/mixed; boundary=c\r\n\r\n", 1000)) + "\r\n--b--\r\n";
        Status(await SendAsync(Url, Multipart(nested))).ShouldBe(400);
        await ServesOnAsync();
    }

    [Theory(Timeout = Long)]
    [InlineData("config")]
    [InlineData("environment")]
    public async Task A_field_given_twice_is_400_and_nothing_runs(string name)
    {
        var answer = await SendAsync(Url, Form([("config", Bytes(Config)), (name, Bytes(Config)), (name, Bytes(Config))]));
        Status(answer).ShouldBe(400, answer);
        Code(answer).ShouldBe("invalid_request");
    }

    [Theory(Timeout = Long)]
    [InlineData("[", "]")]
    [InlineData("{\"a\":", "}")]
    public async Task A_depth_bomb_is_400(string open, string close)
    {
        const int depth = 100_000;
        var bomb = string.Concat(Enumerable.Repeat(open, depth)) + "0" + string.Concat(Enumerable.Repeat(close, depth));
        var answer = await SendAsync(Url, Post($$"""{"commands":["true"],"x":{{bomb}}}"""));
        Status(answer).ShouldBe(400);
        Code(answer).ShouldBe("invalid_config");
        await ServesOnAsync();
    }

    [Theory(Timeout = Long)]
    [InlineData("""{"commands":["true"],"limits":{"memory":1e99}}""")]
    [InlineData("""{"commands":["true"],"limits":{"memory":99999999999999999999999}}""")]
    [InlineData("""{"commands":["true"],"limits":{"processes":-1}}""")]
    [InlineData("""{"commands":[{"command":"true","timeout":-1e308}]}""")]
    [InlineData("""{"commands":[{"command":"true","timeout":1e309}]}""")]
    [InlineData("{\"commands\":[\"a\\u0000b\"]}")]
    [InlineData("{\"commands\":[\"true\"],\"environ\":{\"A\\u0000\":\"1\"}}")]
    [InlineData("{\"commands\":[\"\\ud800\"]}")]
    [InlineData("{\"commands\":[\"\u00ff\u00fe\"]}")]
    [InlineData("{\"commands\":[\"\u00c0\u00af\"]}")]
    [InlineData("{\"commands\":[\"a\0b\"]}")]
    [InlineData("\u00ff\u00fe{\0}\0")]
    public async Task Numbers_without_bound_NUL_and_bytes_that_are_no_text_are_400(string body)
    {
        var answer = await SendAsync(Url, Post(body));
        Status(answer).ShouldBe(400, answer);
        Code(answer).ShouldBe("invalid_config");
    }

    [Fact(Timeout = Long)]
    public async Task Of_keys_given_twice_the_last_counts_for_checks_and_run_alike()
    {
        var answer = await SendAsync(Url, Post("""{"commands":["echo first"],"commands":["echo second"]}"""));
        answer.ShouldContain("\"stdout\":\"second\"");
        answer.ShouldNotContain("first");
        Status(await SendAsync(Url, Post("""{"commands":["echo first"],"commands":[1]}"""))).ShouldBe(400);
    }

    [Fact(Timeout = Long)]
    public async Task A_hundred_thousand_commands_are_refused_and_a_thousand_end_with_the_runs_own_time()
    {
        // Under the limit of 16 MiB.
        var refused = await SendAsync(Url, Post(Sleeping(100_000)));
        Status(refused).ShouldBe(400);
        refused.ShouldContain("command-limit");

        // They share the time of one run.
        var answer = await SendAsync(Url, Post(Sleeping(1_000)));
        Status(answer).ShouldBe(200);
        answer.ShouldContain("\"verdict\":\"timeout\"");
        await ServesOnAsync();
    }

    [Fact(Timeout = Long)]
    public async Task A_hundred_thousand_mistakes_are_told_in_bounded_time()
    {
        var answer = await SendAsync(Url, Post($$"""{"commands":[{{string.Join(',', Enumerable.Repeat("1", 100_000))}}]}"""));
        Status(answer).ShouldBe(400);
        await ServesOnAsync();
    }

    private static string Sleeping(int commands) => $$"""{"commands":[{{string.Join(',', Enumerable.Repeat("\"-sleep 0.2\"", commands))}}]}""";

    private static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);

    private static byte[] Multipart(string body) => Encoding.Latin1.GetBytes(Post(body, "Content-Type: multipart/form-data; boundary=b\r\n"));

    private static byte[] Form(IReadOnlyList<(string Name, byte[] Content)> fields)
    {
        using var body = new MemoryStream();
        foreach (var (name, content) in fields)
        {
            body.Write(Bytes($"--b\r\nContent-Disposition: form-data; name=\"{name}\"; filename=\"{name}\"\r\n\r\n"));
            body.Write(content);
            body.Write("\r\n"u8);
        }

        body.Write("--b--\r\n"u8);
        return [.. Bytes($"POST /execute/ HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: multipart/form-data; boundary=b\r\nContent-Length: {body.Length}\r\n\r\n"), .. body.ToArray()];
    }
}
