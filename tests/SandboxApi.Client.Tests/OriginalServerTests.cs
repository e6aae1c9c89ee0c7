using Microsoft.AspNetCore.Http;
using SandboxApi.Client.Tests.Servers;

namespace SandboxApi.Client.Tests;

/// <summary>A server that speaks the original protocol and no more: what it cannot do is said, not ignored.</summary>
public sealed class OriginalServerTests
{
    private const string Original = """
        {"host":{"cpu":{"core":2,"logical":4,"freq_min":800.0,"freq_max":4700.0},"memory":{"ram":1,"swap":2,"storage":{}},"docker_version":"20.10","sandbox_version":"3.0.3"},
         "container":{"count":20,"cpu":{"count":1,"period":1000,"shares":1024,"quota":0},"memory":{"ram":1,"swap":1,"storage":-1},
         "io":{"read_iops":{},"read_bps":{},"write_iops":{},"write_bps":{}},"process":-1,"working_dir_device":"/dev/sda1"}}
        """;

    private static readonly string Ours = Original.Replace("\"docker_version\":\"20.10\",", """
        "docker_version":"","engine":{"name":"linux","version":"0.1.0","protections":[],"waived":[]},
        """, StringComparison.Ordinal);

    public static TheoryData<bool, string> Beyond { get; } = new(
        from async in new[] { true, false }
        from property in new[] { "stdin", "limits", "output", "commands[1].stdin", "commands[1].limits" }
        select (async, property));

    [Theory(Timeout = 30_000)]
    [MemberData(nameof(Beyond))]
    public async Task What_an_original_server_does_not_know_is_named_and_nothing_runs(bool async, string property)
    {
        await using var server = await StartAsync(Original);
        using var client = new SandboxClient(server.Url);

        var exception = await Should.ThrowAsync<SandboxException>(() => client.Execute(async, Using(property)));

        exception.Code.ShouldBe(SandboxErrorCode.NotSupported);
        exception.Message.ShouldContain($"'{property}'");
        exception.Message.ShouldContain("original");
        server.Requests.ShouldBe(["GET /specifications/"]);
    }

    [Theory(Timeout = 30_000)]
    [InlineData(true)]
    [InlineData(false)]
    public async Task What_it_knows_is_sent_without_asking(bool async)
    {
        await using var server = await StartAsync(Original);
        using var client = new SandboxClient(server.Url);
        var config = new ExecutionConfig
        {
            Commands = [new Command("true") { Timeout = TimeSpan.FromSeconds(1), Limits = new Limits() }],
            Environ = new Dictionary<string, string> { ["A"] = "1" },
            Environment = Guid.NewGuid(),
            ResultPath = "out",
            Save = true,
            Limits = new Limits(),
            Output = new OutputForm { Exact = true },
        };

        await client.Execute(async, config);

        server.Requests.ShouldBe(["POST /execute/"]);
    }

    [Theory(Timeout = 30_000)]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_server_that_knows_more_is_asked_once(bool async)
    {
        await using var server = await StartAsync(Ours);
        using var client = new SandboxClient(server.Url);

        await client.Execute(async, Using("stdin"));
        await client.Execute(async, Using("commands[1].limits"));

        server.Requests.ShouldBe(["GET /specifications/", "POST /execute/", "POST /execute/"]);
    }

    [Theory(Timeout = 30_000)]
    [InlineData(true)]
    [InlineData(false)]
    public async Task The_question_counts_towards_the_timeout_of_the_call(bool async)
    {
        await using var server = await FakeServer.StartAsync(async context =>
        {
            await Task.Delay(TimeSpan.FromSeconds(0.6), context.RequestAborted);
            await context.Response.WriteAsync(context.Request.Path == "/specifications/" ? Ours : FakeServer.Result, context.RequestAborted);
        });
        using var client = new SandboxClient(new SandboxClientOptions { Url = new Uri(server.Url), Timeout = TimeSpan.FromSeconds(1) });

        (await Should.ThrowAsync<SandboxException>(() => client.Execute(async, Using("stdin")))).Code.ShouldBe(SandboxErrorCode.Timeout);
    }

    [Theory(Timeout = 30_000)]
    [InlineData(true)]
    [InlineData(false)]
    public async Task It_can_neither_list_nor_delete_environments(bool async)
    {
        await using var server = await FakeServer.StartAsync(context =>
        {
            context.Response.StatusCode = context.Request.Path == "/environments/" ? 404 : 405;
            return Task.CompletedTask;
        });
        using var client = new SandboxClient(server.Url);

        (await Should.ThrowAsync<SandboxException>(() => async ? client.ListEnvironmentsAsync() : Task.Run(() => client.ListEnvironments()))).Code.ShouldBe(SandboxErrorCode.NotSupported);
        (await Should.ThrowAsync<SandboxException>(() => async ? client.DeleteEnvironmentAsync(Guid.NewGuid()) : Task.Run(() => client.DeleteEnvironment(Guid.NewGuid())))).Code.ShouldBe(SandboxErrorCode.NotSupported);
    }

    [Theory(Timeout = 60_000)]
    [InlineData(true, 0)]
    [InlineData(true, 300_000)]
    [InlineData(true, 5_000_000)]
    [InlineData(false, 0)]
    [InlineData(false, 300_000)]
    [InlineData(false, 5_000_000)]
    public async Task A_stream_without_a_length_is_sent_with_one(bool async, int size)
    {
        await using var server = await StartAsync(Original);
        using var client = new SandboxClient(server.Url);
        using var environment = new GeneratedStream(size);

        // The server answers 411 to a body without a length, as WSGI servers do.
        await client.Execute(async, ExecutionConfig.Of("true"), environment);

        environment.IsDisposed.ShouldBeFalse();
        await NoFileIsLeftAsync();
    }

    [Theory(Timeout = 60_000)]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_download_is_sent_on_without_being_kept(bool async)
    {
        await using var server = await FakeServer.StartAsync(async context =>
        {
            if (context.Request.Method != "GET")
            {
                context.Request.ContentLength.ShouldNotBeNull();
                await context.Request.Body.CopyToAsync(Stream.Null);
                await context.Response.WriteAsync(FakeServer.Result);
                return;
            }

            context.Response.ContentType = "application/gzip";
            context.Response.ContentLength = 4_000_000;
            await context.Response.Body.WriteAsync(new byte[4_000_000], context.RequestAborted);
        });
        using var client = new SandboxClient(server.Url);
        await using var environment = await client.Download(async, Guid.NewGuid());
        _ = environment.ReadByte();

        await client.Execute(async, ExecutionConfig.Of("true"), environment);

        server.Requests.Count.ShouldBe(2);
    }

    [Theory(Timeout = 60_000)]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_stream_without_an_end_ends_with_the_timeout_of_the_call(bool async)
    {
        await using var server = await StartAsync(Original);
        using var client = new SandboxClient(new SandboxClientOptions { Url = new Uri(server.Url), Timeout = TimeSpan.FromSeconds(0.5) });
        using var endless = new GeneratedStream(long.MaxValue, fail: _ =>
        {
            Thread.SpinWait(1_000_000);
            return null;
        });

        (await Should.ThrowAsync<SandboxException>(() => client.Execute(async, ExecutionConfig.Of("true"), endless))).Code.ShouldBe(SandboxErrorCode.Timeout);

        server.Requests.ShouldBeEmpty();
        await NoFileIsLeftAsync();
    }

    private static Task<FakeServer> StartAsync(string specifications) => FakeServer.StartAsync(async context =>
    {
        if (context.Request.Path == "/specifications/")
        {
            await context.Response.WriteAsync(specifications);
            return;
        }

        if (context.Request.ContentLength is not { } length)
        {
            context.Response.StatusCode = 411;
            return;
        }

        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body);
        body.Length.ShouldBe(length);
        await context.Response.WriteAsync(FakeServer.Result);
    });

    private static ExecutionConfig Using(string property)
    {
        var limits = new Limits { Memory = 1 << 20 };
        return new ExecutionConfig
        {
            Commands = ["true", new Command("true") { Stdin = property == "commands[1].stdin" ? "" : null, Limits = property == "commands[1].limits" ? limits : null }],
            Stdin = property == "stdin" ? "text" : null,
            Limits = property == "limits" ? limits : null,
            Output = property == "output" ? new OutputForm { Keep = OutputPart.Tail } : null,
        };
    }

    // Other tests spool beside this one; each of their files has a name for a moment only.
    private static async Task NoFileIsLeftAsync()
    {
        while (Directory.GetFiles(Path.GetTempPath(), "sandbox-upload-*").Length > 0)
            await Task.Delay(20, TestContext.Current.CancellationToken);
    }
}
