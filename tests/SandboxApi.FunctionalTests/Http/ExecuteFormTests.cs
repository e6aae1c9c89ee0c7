using System.Net.Http.Headers;
using SandboxApi.FunctionalTests.Fixtures;

namespace SandboxApi.FunctionalTests.Http;

/// <summary>The forms in which clients send a run, byte by byte as they send it.</summary>
public sealed class ExecuteFormTests(Sandboxes sandboxes) : HttpTests(sandboxes)
{
    private const string Boundary = "5c01b9e9a8f04fc3a3c6cb55dcbb2a2f";

    [Theory(Timeout = Minute)]
    [InlineData("/execute/")]
    [InlineData("/execute")]
    public async Task The_form_of_the_original_clients_without_a_file(string path)
    {
        using var response = await PostAsync("application/x-www-form-urlencoded", Bytes("config=%7B%22commands%22%3A+%5B%22echo+%24%28%282%2B2%29%29%22%5D%7D"), path);

        Stdout(await AnswerAsync(response)).ShouldBe("4");
    }

    [Fact(Timeout = Minute)]
    public async Task The_form_of_the_original_sync_client_with_a_file()
    {
        // requests: no content type on either part.
        var body = Multipart("Content-Disposition: form-data; name=\"config\"", "Content-Disposition: form-data; name=\"environment\"; filename=\"environment\"");

        using var response = await PostAsync("multipart/form-data; boundary=" + Boundary, body);

        Stdout(await AnswerAsync(response)).ShouldBe("from the archive");
    }

    [Fact(Timeout = Minute)]
    public async Task The_form_of_the_original_async_client_with_a_file()
    {
        // aiohttp: content types on both parts, the body in chunks of unknown total size.
        var body = Multipart(
            "Content-Type: text/plain; charset=utf-8\r\nContent-Disposition: form-data; name=\"config\"",
            "Content-Type: application/octet-stream\r\nContent-Disposition: form-data; name=\"environment\"; filename=\"environment\"");
        using var request = new HttpRequestMessage(HttpMethod.Post, Url("/execute/")) { Content = new ByteArrayContent(body) };
        request.Content.Headers.ContentType = MediaTypeHeaderValue.Parse("multipart/form-data; boundary=" + Boundary);
        request.Content.Headers.ContentLength = null;
        request.Headers.TransferEncodingChunked = true;

        using var response = await Http.SendAsync(request, Cancel);

        Stdout(await AnswerAsync(response)).ShouldBe("from the archive");
    }

    [Fact(Timeout = Minute)]
    public async Task The_form_of_curl_with_a_file()
    {
        var body = Multipart(
            "Content-Disposition: form-data; name=\"config\"",
            "Content-Disposition: form-data; name=\"environment\"; filename=\"env.tgz\"\r\nContent-Type: application/x-compressed-tar");

        using var response = await PostAsync("multipart/form-data; boundary=" + Boundary, body);

        Stdout(await AnswerAsync(response)).ShouldBe("from the archive");
    }

    [Fact(Timeout = Minute)]
    public async Task The_file_may_come_before_the_config()
    {
        byte[] body =
        [
            .. Bytes($"--{Boundary}\r\nContent-Disposition: form-data; name=\"environment\"; filename=\"e\"\r\n\r\n"), .. Archive.Of(("file", "from the archive")),
            .. Bytes($"\r\n--{Boundary}\r\nContent-Disposition: form-data; name=\"config\"\r\n\r\n{{\"commands\": [\"cat file\"]}}\r\n--{Boundary}--\r\n"),
        ];

        using var response = await PostAsync("multipart/form-data; boundary=" + Boundary, body);

        Stdout(await AnswerAsync(response)).ShouldBe("from the archive");
    }

    [Fact(Timeout = Minute)]
    public async Task A_multipart_form_without_a_file()
    {
        using var response = await PostAsync("multipart/form-data; boundary=" + Boundary, Bytes($"--{Boundary}\r\nContent-Disposition: form-data; name=\"config\"\r\n\r\n{{\"commands\": [\"echo ü\"]}}\r\n--{Boundary}--\r\n"));

        Stdout(await AnswerAsync(response)).ShouldBe("ü");
    }

    [Theory(Timeout = Minute)]
    [InlineData("application/json")]
    [InlineData("application/json; charset=utf-8")]
    public async Task A_config_as_the_body_itself(string contentType)
    {
        using var response = await PostAsync(contentType, Bytes("{\"commands\": [\"echo ü\"]}"));

        Stdout(await AnswerAsync(response)).ShouldBe("ü");
    }

    private static byte[] Multipart(string configHeaders, string fileHeaders) =>
    [
        .. Bytes($"--{Boundary}\r\n{configHeaders}\r\n\r\n{{\"commands\": [\"cat file\"]}}\r\n--{Boundary}\r\n{fileHeaders}\r\n\r\n"),
        .. Archive.Of(("file", "from the archive")),
        .. Bytes($"\r\n--{Boundary}--\r\n"),
    ];

    private static string? Stdout(System.Text.Json.JsonElement answer) => answer.GetProperty("execution")[0].GetProperty("stdout").GetString();
}
