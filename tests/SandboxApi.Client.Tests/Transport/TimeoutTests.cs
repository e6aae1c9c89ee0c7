using System.Diagnostics;
using Microsoft.AspNetCore.Http;
using SandboxApi.Client.Tests.Servers;

namespace SandboxApi.Client.Tests.Transport;

public sealed class TimeoutTests
{
    private static readonly Guid Id = Guid.Parse("872b604c-9cce-42e2-8888-9a0311f3a724");
    private static readonly TimeSpan Short = TimeSpan.FromMilliseconds(300);
    private static readonly TimeSpan Never = TimeSpan.FromMinutes(5);

    [Theory(Timeout = 30_000)]
    [InlineData(true)]
    [InlineData(false)]
    public async Task The_socket_timeout_ends_connecting_to_a_host_that_takes_no_connection(bool async)
    {
        using var full = await FullBacklog.CreateAsync();
        using var client = Client(full.Url, socket: Short);
        await ShouldTimeOut(() => client.Libraries(async), "(SocketConnectTimeout)");
    }

    [Theory(Timeout = 30_000)]
    [InlineData(true)]
    [InlineData(false)]
    public async Task The_connect_timeout_ends_getting_a_connection(bool async)
    {
        using var full = await FullBacklog.CreateAsync();
        using var client = Client(full.Url, connect: Short);
        await ShouldTimeOut(() => client.Libraries(async), "(ConnectTimeout)");
    }

    [Theory(Timeout = 30_000)]
    [InlineData(true)]
    [InlineData(false)]
    public async Task The_connect_timeout_covers_TLS_which_the_socket_timeout_does_not(bool async)
    {
        await using var server = new RawServer((_, _, token) => Task.Delay(Timeout.Infinite, token));
        using var client = Client(server.Url.Replace("http:", "https:"), connect: TimeSpan.FromSeconds(1), socket: Short);
        await ShouldTimeOut(() => client.Libraries(async), "(ConnectTimeout)");
    }

    [Theory(Timeout = 30_000)]
    [InlineData(true)]
    [InlineData(false)]
    public async Task The_total_timeout_covers_connecting(bool async)
    {
        using var full = await FullBacklog.CreateAsync();
        using var client = Client(full.Url, total: Short);
        await ShouldTimeOut(() => client.Libraries(async), "(Timeout,");
    }

    [Theory(Timeout = 30_000)]
    [InlineData(true, false)]
    [InlineData(false, false)]
    [InlineData(true, true)]
    [InlineData(false, true)]
    public async Task The_total_timeout_ends_waiting_for_an_answer(bool async, bool injected)
    {
        await using var server = await FakeServer.StartAsync(FakeServer.Silence);
        using var http = new HttpClient();
        using var client = Client(server.Url, total: Short, http: injected ? http : null);
        await ShouldTimeOut(() => client.Execute(async, ExecutionConfig.Of("true")), "(Timeout,");
        await ShouldTimeOut(() => client.Usage(async), "(Timeout,");
    }

    [Theory(Timeout = 30_000)]
    [InlineData(true, false)]
    [InlineData(false, false)]
    [InlineData(true, true)]
    [InlineData(false, true)]
    public async Task The_read_timeout_ends_waiting_for_an_answer(bool async, bool injected)
    {
        await using var server = await FakeServer.StartAsync(FakeServer.Silence);
        using var http = new HttpClient();
        using var client = Client(server.Url, read: Short, http: injected ? http : null);
        await ShouldTimeOut(() => client.Usage(async), "(ReadTimeout,");
        await ShouldTimeOut(() => client.Execute(async, ExecutionConfig.Of("true")), "(ReadTimeout,");
        await ShouldTimeOut(() => client.Execute(async, ExecutionConfig.Of("true"), new MemoryStream(new byte[100_000])), "(ReadTimeout,");
    }

    [Theory(Timeout = 60_000)]
    [InlineData(true, true, true)]
    [InlineData(true, true, false)]
    [InlineData(true, false, true)]
    [InlineData(true, false, false)]
    [InlineData(false, true, true)]
    [InlineData(false, true, false)]
    [InlineData(false, false, true)]
    [InlineData(false, false, false)]
    public async Task Total_and_read_timeout_end_reading_a_body_that_stops_coming(bool async, bool total, bool chunked)
    {
        await using var server = await FakeServer.StartAsync(async context =>
        {
            if (!chunked)
                context.Response.ContentLength = 1_000_000;
            await context.Response.WriteAsync("""{"status": """);
            await context.Response.Body.FlushAsync();
            await FakeServer.Silence(context);
        });
        using var client = total ? Client(server.Url, total: Short) : Client(server.Url, read: Short);
        var reason = total ? "(Timeout," : "(ReadTimeout,";
        await ShouldTimeOut(() => client.Execute(async, ExecutionConfig.Of("true")), reason);
        await using var stream = await client.Download(async, Id);
        await ShouldTimeOut(() => stream.ReadAll(async), reason);
    }

    [Theory(Timeout = 30_000)]
    [InlineData(true)]
    [InlineData(false)]
    public async Task The_total_timeout_ends_a_download_that_trickles_while_the_read_timeout_lets_it_go_on(bool async)
    {
        await using var server = await FakeServer.StartAsync(async context =>
        {
            while (true)
            {
                await context.Response.WriteAsync("drop", context.RequestAborted);
                await context.Response.Body.FlushAsync();
                await Task.Delay(20, context.RequestAborted);
            }
        });
        using var client = Client(server.Url, total: TimeSpan.FromSeconds(1.5), read: TimeSpan.FromSeconds(1));
        await using var stream = await client.Download(async, Id);
        await ShouldTimeOut(() => stream.ReadAll(async), "(Timeout,");
    }

    [Theory(Timeout = 60_000)]
    [InlineData(true)]
    [InlineData(false)]
    public async Task The_read_timeout_does_not_count_while_the_client_itself_is_slow(bool async)
    {
        await using var server = await FakeServer.StartAsync(async context =>
        {
            await context.Request.Body.CopyToAsync(Stream.Null);
            await context.Response.WriteAsync(FakeServer.Result);
        });
        using var client = Client(server.Url, read: TimeSpan.FromSeconds(1));
        using var pause = new ManualResetEventSlim();
        using var slow = new GeneratedStream(100_000, seekable: true, position =>
        {
            if (position == 0)
                pause.Wait(TimeSpan.FromSeconds(2));
            return null;
        });
        (await client.Execute(async, ExecutionConfig.Of("true"), slow)).IsSuccess.ShouldBeTrue();

        await using var stream = await client.Download(async, Id);
        await Task.Delay(TimeSpan.FromSeconds(2));
        (await stream.ReadAll(async)).Length.ShouldBe(FakeServer.Result.Length);
    }

    [Theory(Timeout = 30_000)]
    [InlineData(true)]
    [InlineData(false)]
    public async Task The_total_timeout_ends_an_upload_that_nobody_reads(bool async)
    {
        await using var server = await FakeServer.StartAsync(FakeServer.Silence);
        using var client = Client(server.Url, total: TimeSpan.FromSeconds(1));
        using var environment = new GeneratedStream(1L << 30, seekable: true);
        // What other tests leave is collected at any time: a server of this test's must not be among it.
        await using var collections = new Timer(_ => GC.Collect(), null, TimeSpan.FromMilliseconds(200), TimeSpan.FromMilliseconds(200));
        await ShouldTimeOut(() => client.Execute(async, ExecutionConfig.Of("true"), environment), "(Timeout,");
    }

    [Theory(Timeout = 30_000)]
    [InlineData(true, 0)]
    [InlineData(false, 0)]
    [InlineData(true, null)]
    [InlineData(false, null)]
    public async Task Zero_and_null_disable_every_timeout(bool async, int? seconds)
    {
        TimeSpan? none = seconds is null ? null : TimeSpan.Zero;
        await using var server = await FakeServer.StartAsync(200, "application/json", FakeServer.Result);
        using var client = new SandboxClient(new SandboxClientOptions { Url = new Uri(server.Url), Timeout = none, ConnectTimeout = none, SocketConnectTimeout = none, ReadTimeout = none });
        (await client.Execute(async, ExecutionConfig.Of("true"))).IsSuccess.ShouldBeTrue();
    }

    [Theory(Timeout = 30_000)]
    [InlineData(true)]
    [InlineData(false)]
    public async Task The_timeout_of_an_injected_client_is_told_as_its_own(bool async)
    {
        await using var server = await FakeServer.StartAsync(FakeServer.Silence);
        using var http = new HttpClient { Timeout = Short };
        using var client = Client(server.Url, http: http);
        await ShouldTimeOut(() => client.Libraries(async), "injected HttpClient");
    }

    [Theory(Timeout = 30_000)]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Cancelling_before_or_while_waiting_is_a_cancellation_and_no_timeout(bool async)
    {
        using var cancel = new CancellationTokenSource();
        await using var server = await FakeServer.StartAsync(async context =>
        {
            await cancel.CancelAsync();
            await FakeServer.Silence(context);
        });
        using var client = Client(server.Url, total: Never, read: Never);
        var exception = await Should.ThrowAsync<OperationCanceledException>(() => client.Libraries(async, cancel.Token));
        exception.CancellationToken.ShouldBe(cancel.Token);
        await Should.ThrowAsync<OperationCanceledException>(() => client.Libraries(async, cancel.Token));
        server.Requests.Count.ShouldBe(1);
    }

    [Theory(Timeout = 30_000)]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Cancelling_while_a_download_is_read_ends_the_read(bool async)
    {
        await using var server = await FakeServer.StartAsync(async context =>
        {
            await context.Response.WriteAsync("first");
            await context.Response.Body.FlushAsync();
            await FakeServer.Silence(context);
        });
        using var client = Client(server.Url);
        using var cancel = new CancellationTokenSource();
        await using var stream = await client.Download(async, Id, token: cancel.Token);
        var reading = stream.ReadAll(async);
        cancel.CancelAfter(Short);
        (await Should.ThrowAsync<OperationCanceledException>(() => reading)).CancellationToken.ShouldBe(cancel.Token);
    }

    [Fact(Timeout = 30_000)]
    public async Task The_token_of_a_read_ends_that_read()
    {
        await using var server = await FakeServer.StartAsync(async context =>
        {
            await context.Response.Body.FlushAsync();
            await FakeServer.Silence(context);
        });
        using var client = Client(server.Url);
        await using var stream = await client.DownloadAsync(Id);
        using var cancel = new CancellationTokenSource(Short);
        await Should.ThrowAsync<OperationCanceledException>(async () => await stream.ReadExactlyAsync(new byte[1], cancel.Token));
    }

    private static SandboxClient Client(string url, TimeSpan? total = null, TimeSpan? connect = null, TimeSpan? socket = null, TimeSpan? read = null, HttpClient? http = null)
    {
        var options = new SandboxClientOptions { Url = new Uri(url), Timeout = total, ConnectTimeout = connect, SocketConnectTimeout = socket, ReadTimeout = read };
        return http is null ? new SandboxClient(options) : new SandboxClient(http, options);
    }

    private static async Task ShouldTimeOut(Func<Task> call, string reason)
    {
        var watch = Stopwatch.StartNew();
        var exception = await Should.ThrowAsync<SandboxException>(call);
        exception.Code.ShouldBe(SandboxErrorCode.Timeout, exception.ToString());
        exception.Message.ShouldContain(reason);
        watch.Elapsed.ShouldBeLessThan(TimeSpan.FromSeconds(20));
    }
}
