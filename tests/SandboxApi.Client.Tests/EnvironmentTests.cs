using Microsoft.AspNetCore.Http;
using SandboxApi.Client.Tests.Servers;

namespace SandboxApi.Client.Tests;

public sealed class EnvironmentTests
{
    private static readonly Guid Id = Guid.Parse("872b604c-9cce-42e2-8888-9a0311f3a724");
    private static readonly byte[] Content = [.. Enumerable.Range(0, 300_000).Select(i => (byte)(i * 31 >> 3))];

    [Theory(Timeout = 30_000)]
    [InlineData(true, null, "/environments/872b604c-9cce-42e2-8888-9a0311f3a724/")]
    [InlineData(false, null, "/environments/872b604c-9cce-42e2-8888-9a0311f3a724/")]
    [InlineData(true, "dir/file 1.txt", "/files/872b604c-9cce-42e2-8888-9a0311f3a724/dir/file%201.txt/")]
    [InlineData(false, "dir/file 1.txt", "/files/872b604c-9cce-42e2-8888-9a0311f3a724/dir/file%201.txt/")]
    [InlineData(true, "./a//b?#%2e%2f\\é:@&=+", "/files/872b604c-9cce-42e2-8888-9a0311f3a724/a/b%3F%23%252e%252f%5C%C3%A9%3A%40%26%3D%2B/")]
    public async Task A_download_asks_for_exactly_that_resource_and_gives_its_bytes(bool async, string? path, string target)
    {
        await using var server = await StartAsync();
        using var client = new SandboxClient(server.Url);
        await using var stream = await client.Download(async, Id, path);
        (await stream.ReadAll(async)).ShouldBe(Content);
        (await stream.ReadAll(async)).ShouldBeEmpty();
        server.Requests.ShouldBe([$"GET {target}"]);
    }

    [Theory(Timeout = 30_000)]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_path_prefix_of_the_URL_is_kept(bool async)
    {
        await using var server = await StartAsync();
        using var client = new SandboxClient(server.Url + "some/prefix");
        (await client.Check(async, Id, "a")).ShouldBe(Content.Length);
        server.Requests.ShouldBe([$"HEAD /some/prefix/files/{Id}/a/"]);
    }

    [Theory(Timeout = 30_000)]
    [InlineData(true, "../../environments/x")]
    [InlineData(false, "a/../../b")]
    [InlineData(true, "/etc/passwd")]
    [InlineData(true, "")]
    [InlineData(true, "./")]
    [InlineData(true, "a\0b")]
    public async Task A_path_that_no_file_of_an_environment_can_have_is_not_asked_for(bool async, string path)
    {
        await using var server = await StartAsync();
        using var client = new SandboxClient(server.Url);
        (await Should.ThrowAsync<SandboxException>(() => client.Download(async, Id, path))).Code.ShouldBe(SandboxErrorCode.NotFound);
        (await client.Check(async, Id, path)).ShouldBe(0);
        server.Requests.ShouldBeEmpty();
    }

    [Theory(Timeout = 30_000)]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Check_tells_the_size_also_beyond_two_gigabytes_and_0_for_what_is_not_there(bool async)
    {
        await using var server = await FakeServer.StartAsync(context =>
        {
            if (context.Request.Path.StartsWithSegments("/files"))
                context.Response.StatusCode = 404;
            else
                context.Response.ContentLength = 5_000_000_000;
            return Task.CompletedTask;
        });
        using var client = new SandboxClient(server.Url);
        (await client.Check(async, Id)).ShouldBe(5_000_000_000);
        (await client.Check(async, Id, "missing")).ShouldBe(0);
        server.Requests.ShouldAllBe(request => request.StartsWith("HEAD "));
    }

    [Theory(Timeout = 30_000)]
    [InlineData(true)]
    [InlineData(false)]
    public async Task An_error_of_check_other_than_not_found_is_thrown(bool async)
    {
        await using var server = await FakeServer.StartAsync(500, "text/plain", "");
        using var client = new SandboxClient(server.Url);
        await Should.ThrowAsync<SandboxInternalServerErrorException>(() => client.Check(async, Id));
    }

    [Theory(Timeout = 30_000)]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_page_instead_of_a_file_comes_from_no_sandbox(bool async)
    {
        await using var server = await FakeServer.StartAsync(200, "text/html", "<html>welcome</html>");
        using var client = new SandboxClient(server.Url);
        (await Should.ThrowAsync<SandboxException>(() => client.Download(async, Id))).Code.ShouldBe(SandboxErrorCode.NotASandbox);
        (await Should.ThrowAsync<SandboxException>(() => client.Check(async, Id))).Code.ShouldBe(SandboxErrorCode.NotASandbox);
    }

    [Theory(Timeout = 30_000)]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Calls_one_after_the_other_share_a_connection(bool async)
    {
        await using var server = await FakeServer.StartAsync(async context =>
        {
            if (context.Request.Path.StartsWithSegments("/execute"))
                await context.Response.WriteAsync(FakeServer.Result);
            else if (HttpMethods.IsGet(context.Request.Method))
                await context.Response.Body.WriteAsync(Content);
            else
                context.Response.StatusCode = 404;
        });
        using var client = new SandboxClient(server.Url);
        for (var i = 0; i < 5; i++)
        {
            await client.Execute(async, ExecutionConfig.Of("true"), i % 2 == 0 ? null : new MemoryStream(new byte[1000]));
            await using (var stream = await client.Download(async, Id))
                (await stream.ReadAll(async)).Length.ShouldBe(Content.Length);
            (await client.Check(async, Id)).ShouldBe(0);
        }

        server.Requests.Count.ShouldBe(15);
        server.Connections.Count.ShouldBe(1);
    }

    [Theory(Timeout = 30_000)]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_download_that_breaks_off_is_an_error_and_not_a_short_file(bool async)
    {
        await using var server = new RawServer(async (stream, _, token) =>
        {
            await RawServer.ReadHeadersAsync(stream, token);
            await RawServer.WriteAsync(stream, "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\nContent-Type: application/gzip\r\n\r\nsome", token);
        });
        using var client = new SandboxClient(server.Url);
        await using var stream = await client.Download(async, Id);
        var exception = await Should.ThrowAsync<SandboxException>(() => stream.ReadAll(async));
        exception.Code.ShouldBe(SandboxErrorCode.Unreachable);
        exception.Message.ShouldContain("broke");
    }

    [Fact(Timeout = 30_000)]
    public async Task A_download_to_a_file_replaces_it_only_when_complete()
    {
        var directory = Directory.CreateTempSubdirectory("sandbox-test-");
        try
        {
            var file = Path.Combine(directory.FullName, "out.tgz");
            await File.WriteAllTextAsync(file, "old");
            await using (var broken = new RawServer(async (stream, _, token) =>
            {
                await RawServer.ReadHeadersAsync(stream, token);
                await RawServer.WriteAsync(stream, "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nsome", token);
            }))
            {
                using var client = new SandboxClient(broken.Url);
                await Should.ThrowAsync<SandboxException>(() => client.DownloadToFileAsync(Id, file));
                (await File.ReadAllTextAsync(file)).ShouldBe("old");
            }

            await using var server = await StartAsync();
            using var good = new SandboxClient(server.Url);
            await good.DownloadToFileAsync(Id, file);
            (await File.ReadAllBytesAsync(file)).ShouldBe(Content);
            directory.GetFileSystemInfos().Length.ShouldBe(1);
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }

    private static Task<FakeServer> StartAsync() => FakeServer.StartAsync(async context =>
    {
        context.Response.ContentType = "application/octet-stream";
        context.Response.ContentLength = Content.Length;
        if (HttpMethods.IsGet(context.Request.Method))
            await context.Response.Body.WriteAsync(Content);
    });
}
