using System.Net;

namespace SandboxApi.Server.Tests.Environments;

public sealed class DownloadTests
{
    private static readonly string s_id = FakeSandbox.Stored.ToString();

    [Theory(Timeout = 30_000)]
    [InlineData("/files/{0}/a%2541")]
    [InlineData("/x/../files/{0}/a%2541")]
    public async Task An_escape_is_undone_once(string path)
    {
        await using var server = await RunningServer.StartAsync();
        server.Sandbox.Files["a%41"] = "once"u8.ToArray();
        server.Sandbox.Files["aA"] = "twice"u8.ToArray();
        using var connection = await server.ConnectAsync();
        await connection.SendAsync($"GET {string.Format(path, s_id)} HTTP/1.1\nHost: localhost\nConnection: close\n\n");
        (await connection.ReadToEndAsync()).ShouldEndWith("\r\n\r\nonce");
    }

    [Theory(Timeout = 30_000)]
    [InlineData("/environments/{0}/", true)]
    [InlineData("/environments/{0}", true)]
    [InlineData("/environments/{0}/", false)]
    public async Task An_environment_is_answered_with_the_headers_of_the_protocol(string path, bool seekable)
    {
        await using var server = await RunningServer.StartAsync();
        server.Sandbox.IsSeekable = seekable;
        var response = await server.Http.GetAsync(string.Format(path, s_id));
        response.StatusCode.ShouldBe(HttpStatusCode.OK);
        response.Content.Headers.ContentType!.ToString().ShouldBe("application/gzip");
        response.Content.Headers.ContentLength.ShouldBe(3);
        response.Content.Headers.NonValidated["Content-Disposition"].ToString().ShouldBe($"attachment; filename={s_id}.tgz");
        (await response.Content.ReadAsByteArrayAsync()).ShouldBe([1, 2, 3]);
    }

    [Theory(Timeout = 30_000)]
    [InlineData("/files/{0}/dir/file1.txt/")]
    [InlineData("/files/{0}/dir/file1.txt")]
    [InlineData("/files/{0}/dir%2Ffile1.txt/")]
    [InlineData("/files/{0}/dir/file1%2Etxt?x=/y/")]
    [InlineData("/FILES/{0}/dir%2Ffile1.txt/")]
    [InlineData("http://localhost/files/{0}/dir%2Ffile1.txt/")]
    [InlineData("/a/../files/{0}/dir/file1.txt/")]
    public async Task A_file_is_answered_with_the_headers_of_the_protocol(string path)
    {
        await using var server = await RunningServer.StartAsync();
        using var connection = await server.ConnectAsync();
        await connection.SendAsync($"GET {string.Format(path, s_id)} HTTP/1.1\nHost: localhost\nConnection: close\n\n");
        var answer = await connection.ReadToEndAsync();
        answer.ShouldStartWith("HTTP/1.1 200 OK\r\n");
        answer.ShouldContain("\r\nContent-Type: application/octet-stream\r\n");
        answer.ShouldContain("\r\nContent-Length: 5\r\n");
        answer.ShouldContain("\r\nContent-Disposition: attachment; filename=file1.txt\r\n");
        answer.ShouldContain("\r\nX-Content-Type-Options: nosniff\r\n");
        answer.ShouldEndWith("\r\n\r\nhello");
    }

    [Theory(Timeout = 30_000)]
    [InlineData("/environments/{0}/", 3)]
    [InlineData("/files/{0}/dir/file1.txt/", 5)]
    [InlineData("/files/{0}/empty/", 0)]
    public async Task Head_tells_the_size_and_sends_nothing(string path, long size)
    {
        await using var server = await RunningServer.StartAsync();
        using var connection = await server.ConnectAsync();
        await connection.SendAsync($"HEAD {string.Format(path, s_id)} HTTP/1.1\nHost: localhost\nConnection: close\n\n");
        var answer = await connection.ReadToEndAsync();
        answer.ShouldStartWith("HTTP/1.1 200 OK\r\n");
        answer.ShouldContain($"\r\nContent-Length: {size}\r\n");
        answer.ShouldContain("\r\nContent-Disposition: attachment; filename=");
        answer.ShouldEndWith("\r\n\r\n");
    }

    [Theory(Timeout = 30_000)]
    [InlineData("/environments/not-an-id/")]
    [InlineData("/environments/00000000-0000-0000-0000-000000000000/")]
    [InlineData("/environments/{{872b604c-9cce-42e2-8888-9a0311f3a724}}/")]
    [InlineData("/files/not-an-id/a/")]
    [InlineData("/files/{0}/")]
    [InlineData("/files/{0}")]
    [InlineData("/files/{0}/nope")]
    [InlineData("/files/{0}/dir/")]
    [InlineData("/files/{0}/dir//file1.txt")]
    [InlineData("/files/{0}/..%2F..%2Fetc%2Fpasswd")]
    [InlineData("/files/{0}/%2Fetc/passwd")]
    [InlineData("/files/{0}/dir/../dir/file1.txt")]
    [InlineData("/files/{0}/../../../etc/passwd")]
    [InlineData("/files/{0}/dir%252Ffile1.txt")]
    public async Task What_is_not_there_is_not_found(string path)
    {
        await using var server = await RunningServer.StartAsync();
        foreach (var method in new[] { "GET", "HEAD" })
        {
            using var connection = await server.ConnectAsync();
            await connection.SendAsync($"{method} {string.Format(path, s_id)} HTTP/1.1\nHost: localhost\nConnection: close\n\n");
            var answer = await connection.ReadToEndAsync();
            answer.ShouldStartWith("HTTP/1.1 404 ");
            answer.ShouldContain("\r\nContent-Type: application/problem+json\r\n");
            if (method == "GET")
                answer.ShouldContain("\"code\":\"not_found\"");
            else
                answer.ShouldEndWith("\r\n\r\n");
        }
    }

    [Fact(Timeout = 30_000)]
    public async Task A_path_that_is_no_utf8_is_refused_with_the_byte_and_its_place()
    {
        await using var server = await RunningServer.StartAsync();
        server.Sandbox.Files["caf%E9"] = server.Sandbox.Files["caf\ufffd"] = [1];
        var problem = await RunningServer.ProblemAsync(await server.Http.GetAsync($"/files/{s_id}/caf%E9/"), 400, "invalid_request");
        problem.GetProperty("detail").GetString()!.ShouldContain("0xE9 at offset 3, after 'caf'");
    }

    [Fact(Timeout = 30_000)]
    public async Task A_hostile_file_name_cannot_leave_its_header()
    {
        await using var server = await RunningServer.StartAsync();
        server.Sandbox.Files["a\"b\r\nX-Evil: 1\u00e4;.txt"] = [1];
        var response = await server.Http.GetAsync($"/files/{s_id}/a%22b%0D%0AX-Evil%3A%201%C3%A4%3B.txt/");
        response.StatusCode.ShouldBe(HttpStatusCode.OK);
        response.Headers.Contains("X-Evil").ShouldBeFalse();
        response.Content.Headers.NonValidated["Content-Disposition"].ToString()
            .ShouldBe("attachment; filename=\"a_b__X-Evil: 1_;.txt\"; filename*=UTF-8''a%22b%0D%0AX-Evil%3A%201%C3%A4%3B.txt");
    }

    [Fact(Timeout = 30_000)]
    public async Task A_name_of_the_greatest_length_that_linux_has_is_found()
    {
        await using var server = await RunningServer.StartAsync();
        var path = string.Join('/', Enumerable.Repeat(new string('ä', 120), 16));
        server.Sandbox.Files[path] = [1];
        (await server.Http.GetAsync($"/files/{s_id}/{path}/")).StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_large_download_is_whole()
    {
        await using var server = await RunningServer.StartAsync();
        var bytes = new byte[20 << 20];
        new Random(2).NextBytes(bytes);
        server.Sandbox.Files["big"] = bytes;
        (await server.Http.GetByteArrayAsync($"/files/{s_id}/big/")).AsSpan().SequenceEqual(bytes).ShouldBeTrue();
    }

    [Theory]
    [InlineData("a.txt", "attachment; filename=a.txt")]
    [InlineData("a b.txt", "attachment; filename=\"a b.txt\"")]
    [InlineData("", "attachment; filename=\"\"")]
    [InlineData("é", "attachment; filename=\"_\"; filename*=UTF-8''%C3%A9")]
    [InlineData("50%41", "attachment; filename=\"50_41\"; filename*=UTF-8''50%2541")]
    [InlineData("\\", "attachment; filename=\"_\"; filename*=UTF-8''%5C")]
    public void A_file_name_is_written_so_that_every_client_reads_it(string name, string header) =>
        SandboxApi.Server.Environments.Attachment.Header(name).ShouldBe(header);
}
