using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.WebUtilities;
using SandboxApi.Client.Tests.Servers;

namespace SandboxApi.Client.Tests;

public sealed class ExecuteTests
{
    private static readonly ExecutionConfig Config = new()
    {
        Commands = ["echo $((2+2)) & echo 'é ü € 😀' = %41+b", new Command("-false") { Timeout = TimeSpan.FromSeconds(1.5) }],
        Environ = new Dictionary<string, string> { ["A"] = "1&2" },
        Save = true,
    };

    [Theory(Timeout = 30_000)]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Without_an_environment_the_config_travels_URL_encoded(bool async)
    {
        string? type = null, sent = null, accept = null;
        await using var server = await FakeServer.StartAsync(async context =>
        {
            type = context.Request.ContentType;
            accept = context.Request.Headers.Accept;
            sent = (await context.Request.ReadFormAsync())["config"];
            await context.Response.WriteAsync(FakeServer.Result);
        });
        using var client = new SandboxClient(server.Url);

        var result = await client.Execute(async, Config);

        type.ShouldBe("application/x-www-form-urlencoded");
        accept.ShouldBe("*/*");
        sent.ShouldBe(Encoding.UTF8.GetString(Config.ToJson()));
        server.Requests.ShouldBe(["POST /execute/"]);
        result.Execution.Single().Stdout.ShouldBe("4");
    }

    [Theory(Timeout = 30_000)]
    [InlineData(true, true)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(false, false)]
    public async Task With_an_environment_config_and_file_travel_as_multipart_in_this_order(bool async, bool seekable)
    {
        var parts = new List<(string Disposition, byte[] Content)>();
        long? length = null;
        await using var server = await FakeServer.StartAsync(async context =>
        {
            length = context.Request.ContentLength;
            var boundary = context.Request.ContentType!.Split("boundary=")[1];
            var reader = new MultipartReader(boundary, context.Request.Body);
            while (await reader.ReadNextSectionAsync() is { } section)
            {
                using var bytes = new MemoryStream();
                await section.Body.CopyToAsync(bytes);
                parts.Add((section.ContentDisposition!, bytes.ToArray()));
            }

            await context.Response.WriteAsync(FakeServer.Result);
        });
        using var client = new SandboxClient(server.Url);
        using var environment = new GeneratedStream(300_000, seekable);

        await client.Execute(async, Config, environment);

        parts.Select(part => part.Disposition).ShouldBe(["form-data; name=\"config\"", "form-data; name=\"environment\"; filename=\"environment.tgz\""]);
        parts[0].Content.ShouldBe(Config.ToJson());
        parts[1].Content.Length.ShouldBe(300_000);
        environment.IsDisposed.ShouldBeFalse();
        length.ShouldNotBeNull("servers behind WSGI take no body without a length");
    }

    [Theory(Timeout = 30_000)]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_seekable_stream_is_sent_from_where_it_stands(bool async)
    {
        string? sent = null;
        await using var server = await FakeServer.StartAsync(async context =>
        {
            using var reader = new StreamReader((await context.Request.ReadFormAsync()).Files["environment"]!.OpenReadStream());
            sent = await reader.ReadToEndAsync();
            await context.Response.WriteAsync(FakeServer.Result);
        });
        using var client = new SandboxClient(server.Url);
        using var environment = new MemoryStream("before|after"u8.ToArray()) { Position = 7 };
        await client.Execute(async, Config, environment);
        sent.ShouldBe("after");
    }

    [Theory(Timeout = 30_000)]
    [InlineData(true)]
    [InlineData(false)]
    public async Task An_invalid_config_is_refused_before_anything_is_sent(bool async)
    {
        await using var server = await FakeServer.StartAsync(200, "application/json", FakeServer.Result);
        using var client = new SandboxClient(server.Url);
        var exception = await Should.ThrowAsync<SandboxException>(() => client.Execute(async, ExecutionConfig.Of("a\0b")));
        exception.Code.ShouldBe(SandboxErrorCode.InvalidConfig);
        exception.Violations.Single().Field.ShouldBe("commands[0]");
        server.Requests.ShouldBeEmpty();
    }

    [Theory(Timeout = 30_000)]
    [InlineData(true, true)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(false, false)]
    public async Task What_goes_wrong_in_the_callers_stream_is_thrown_as_it_is(bool async, bool seekable)
    {
        await using var server = await FakeServer.StartAsync(async context => await context.Request.ReadFormAsync());
        using var client = new SandboxClient(server.Url);
        using var environment = new GeneratedStream(1_000_000, seekable, position => position > 500_000 ? new IOException("the disk is gone") : null);
        (await Should.ThrowAsync<IOException>(() => client.Execute(async, Config, environment))).Message.ShouldBe("the disk is gone");
    }

    [Theory(Timeout = 30_000)]
    [InlineData(true, true)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(false, false)]
    public async Task An_answer_that_comes_before_the_upload_ends_is_not_lost_in_a_broken_pipe(bool async, bool seekable)
    {
        await using var server = new RawServer(async (stream, _, token) =>
        {
            await RawServer.ReadHeadersAsync(stream, token);
            await RawServer.WriteAsync(stream, "HTTP/1.1 413 Too Large\r\nContent-Length: 9\r\nConnection: close\r\n\r\ntoo large", token);
            // Closing with unread bytes resets the connection under the client's writes.
        });
        using var client = new SandboxClient(server.Url);
        using var environment = new GeneratedStream(100L << 20, seekable);
        var exception = await Should.ThrowAsync<SandboxContentTooLargeException>(() => client.Execute(async, Config, environment));
        exception.Code.ShouldBe(SandboxErrorCode.TooLarge);
        exception.Body.ShouldBe("too large");
    }

    [Theory(Timeout = 30_000)]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_real_server_that_refuses_a_large_body_is_heard(bool async)
    {
        await using var server = await FakeServer.StartAsync(async context =>
        {
            context.Features.Get<IHttpMaxRequestBodySizeFeature>()!.MaxRequestBodySize = 1000;
            context.Response.StatusCode = 413;
            await context.Response.WriteAsync("no more than 1000 bytes");
        });
        using var client = new SandboxClient(server.Url);
        using var environment = new GeneratedStream(100L << 20, seekable: true);
        (await Should.ThrowAsync<SandboxContentTooLargeException>(() => client.Execute(async, Config, environment))).Body.ShouldContain("1000");
    }

    [Theory(Timeout = 30_000)]
    [InlineData(true, true)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(false, false)]
    public async Task A_run_whose_connection_breaks_is_never_sent_again(bool async, bool withFile)
    {
        var executions = 0;
        await using var server = new RawServer(async (stream, _, token) =>
        {
            // The first request of a connection is answered and keeps it open; the second is read and dropped.
            await RawServer.ReadHeadersAsync(stream, token);
            await RawServer.WriteAsync(stream, "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", token);
            var headers = await RawServer.ReadHeadersAsync(stream, token);
            if (headers.StartsWith("POST", StringComparison.Ordinal))
                Interlocked.Increment(ref executions);
            await stream.ReadAtLeastAsync(new byte[50], 50, throwOnEndOfStream: false, token);
        });
        using var client = new SandboxClient(server.Url);
        (await client.Check(async, Guid.NewGuid())).ShouldBe(0);
        using var environment = withFile ? new MemoryStream(new byte[5000]) : null;
        var exception = await Should.ThrowAsync<SandboxException>(() => client.Execute(async, Config, environment));
        exception.Code.ShouldBe(SandboxErrorCode.Unreachable);
        exception.Message.ShouldContain("not known");
        executions.ShouldBe(1);
        server.Accepted.ShouldBe(1);
    }

    [Theory(Timeout = 30_000)]
    [InlineData(true)]
    [InlineData(false)]
    public async Task The_extra_fields_of_our_server_are_read_and_those_of_a_newer_one_ignored(bool async)
    {
        await using var server = await FakeServer.StartAsync(200, "application/json", """
            {"status": 137, "execution": [{"command": "x", "exit_code": 137, "stdout": "", "stderr": "", "time": 1, "cpu_time": 0.5, "memory_peak": 7, "signal": 9,
             "verdict": "weather", "stdout_truncated": true, "stdout_bytes": 9, "new": {}}], "total_time": 2, "environment": "872b604c-9cce-42e2-8888-9a0311f3a724",
             "expire": "2026-11-24T10:03:35.123456+00:00", "timings": {"queue": 0.25}, "newer": [1]}
            """);
        using var client = new SandboxClient(server.Url);
        var result = await client.Execute(async, Config);
        result.Environment.ShouldBe(Guid.Parse("872b604c-9cce-42e2-8888-9a0311f3a724"));
        result.Expire.ShouldBe(new DateTimeOffset(2026, 11, 24, 10, 3, 35, TimeSpan.Zero).AddTicks(1_234_560));
        result.Timings!.Queue.ShouldBe(TimeSpan.FromSeconds(0.25));
        result.Execution.Single().Verdict.ShouldBe(Verdict.Unknown);
        result.Execution.Single().Signal.ShouldBe(9);
    }

    [Fact(Timeout = 30_000)]
    public async Task One_command_can_be_given_as_text()
    {
        await using var server = await FakeServer.StartAsync(200, "application/json", FakeServer.Result);
        using var client = new SandboxClient(server.Url);
        (await client.ExecuteAsync("echo 4")).IsSuccess.ShouldBeTrue();
    }

    [Theory(Timeout = 30_000)]
    [InlineData(true)]
    [InlineData(false)]
    public async Task The_key_goes_as_a_bearer_token_and_is_kept_out_of_errors(bool async)
    {
        string? header = null;
        await using var server = await FakeServer.StartAsync(context =>
        {
            header = context.Request.Headers.Authorization;
            context.Response.StatusCode = 401;
            return Task.CompletedTask;
        });
        using var client = new SandboxClient(new SandboxClientOptions { Url = new Uri(server.Url), ApiKey = "k3y-of-mine" });
        var exception = await Should.ThrowAsync<SandboxUnauthorizedException>(() => client.Execute(async, Config));
        header.ShouldBe("Bearer k3y-of-mine");
        exception.Code.ShouldBe(SandboxErrorCode.Unauthorized);
        (exception + exception.Response.ToString() + exception.Response.RequestMessage).ShouldNotContain("k3y");
    }
}
