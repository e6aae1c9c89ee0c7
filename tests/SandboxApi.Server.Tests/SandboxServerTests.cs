using System.Net;
using System.Net.Sockets;

namespace SandboxApi.Server.Tests;

public sealed class SandboxServerTests
{
    private const string Config = """{"commands":["true"]}""";

    [Fact(Timeout = 30_000)]
    public async Task Live_and_ready_say_so()
    {
        await using var server = await RunningServer.StartAsync();
        (await server.Http.GetStringAsync("/health/live")).ShouldBe("""{"status":"live"}""");
        (await server.Http.GetStringAsync("/health/ready/")).ShouldBe("""{"status":"ready"}""");
    }

    [Fact(Timeout = 30_000)]
    public async Task A_sandbox_that_takes_no_runs_is_not_ready_but_live()
    {
        await using var server = await RunningServer.StartAsync(isReady: () => false);
        await RunningServer.ProblemAsync(await server.Http.GetAsync("/health/ready"), 503, "busy");
        (await server.Http.GetAsync("/health/live")).StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Fact(Timeout = 30_000)]
    public async Task A_stop_refuses_new_runs_lets_those_under_way_finish_and_closes()
    {
        await using var server = await RunningServer.StartAsync();
        var started = new TaskCompletionSource();
        var go = new TaskCompletionSource();
        server.Sandbox.OnExecute = async (_, cancel) =>
        {
            started.SetResult();
            await go.Task.WaitAsync(cancel);
            return FakeSandbox.Ok();
        };
        var run = server.PostJsonAsync(Config);
        await started.Task;
        var stop = server.Server.StopAsync(TimeSpan.FromMinutes(1));
        var refused = await server.PostJsonAsync(Config);
        await RunningServer.ProblemAsync(refused, 503, "shutting_down");
        refused.Headers.RetryAfter.ShouldNotBeNull();
        await RunningServer.ProblemAsync(await server.Http.GetAsync("/health/ready"), 503, "shutting_down");
        (await server.Http.GetAsync("/health/live")).StatusCode.ShouldBe(HttpStatusCode.OK);
        stop.IsCompleted.ShouldBeFalse();
        go.SetResult();
        (await run).StatusCode.ShouldBe(HttpStatusCode.OK);
        await stop;
        await Should.ThrowAsync<HttpRequestException>(() => server.Http.GetAsync("/health/live"));
    }

    [Fact(Timeout = 30_000)]
    public async Task Runs_that_outlast_the_grace_are_ended_and_told()
    {
        await using var server = await RunningServer.StartAsync();
        var started = new TaskCompletionSource();
        server.Sandbox.OnExecute = async (_, cancel) =>
        {
            started.SetResult();
            await Task.Delay(Timeout.Infinite, cancel);
            return FakeSandbox.Ok();
        };
        var run = server.PostJsonAsync(Config);
        await started.Task;
        await server.Server.StopAsync(TimeSpan.Zero);
        await RunningServer.ProblemAsync(await run, 503, "shutting_down");
    }

    [Fact(Timeout = 30_000)]
    public async Task Disposing_cuts_the_grace_of_a_stop_short()
    {
        var server = await RunningServer.StartAsync();
        var started = new TaskCompletionSource();
        server.Sandbox.OnExecute = async (_, cancel) =>
        {
            started.SetResult();
            await Task.Delay(Timeout.Infinite, cancel);
            return FakeSandbox.Ok();
        };
        var run = server.PostJsonAsync(Config);
        await started.Task;
        var stop = server.Server.StopAsync(TimeSpan.FromHours(1));
        await server.Server.DisposeAsync();
        await stop;
        await RunningServer.ProblemAsync(await run, 503, "shutting_down");
        await server.DisposeAsync();
    }

    [Fact(Timeout = 30_000)]
    public async Task A_port_that_is_taken_is_one_clear_line()
    {
        using var taken = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        taken.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        taken.Listen();
        var url = $"http://127.0.0.1:{((IPEndPoint)taken.LocalEndPoint!).Port}";
        var exception = await Should.ThrowAsync<IOException>(() => StartAsync(url));
        exception.Message.ShouldContain(url);
        exception.Message.ShouldContain("another program");
    }

    [Fact(Timeout = 30_000)]
    public async Task An_address_that_is_not_this_machines_is_one_clear_line()
    {
        var exception = await Should.ThrowAsync<IOException>(() => StartAsync("http://192.0.2.1:7000", options => options.AllowPublicWithoutKey = true));
        exception.Message.ShouldContain("http://192.0.2.1:7000");
    }

    [Theory(Timeout = 30_000)]
    [InlineData("http://0.0.0.0:7000")]
    [InlineData("http://*:7000")]
    [InlineData("http://+:7000")]
    [InlineData("http://[::]:7000")]
    [InlineData("http://192.168.1.5:7000")]
    [InlineData("http://[2001:db8::1]:7000")]
    public async Task A_public_address_without_a_key_is_refused_with_the_settings_that_help(string url)
    {
        var exception = await Should.ThrowAsync<ArgumentException>(() => StartAsync(url));
        exception.Message.ShouldContain(url);
        exception.Message.ShouldContain("api-key");
        exception.Message.ShouldContain("allow-public-without-key");
    }

    [Theory(Timeout = 30_000)]
    [InlineData("http://0.0.0.0:0", true)]
    [InlineData("http://*:0", false)]
    [InlineData("http://[::1]:0", null)]
    [InlineData("http://localhost:0", null)]
    [InlineData("http://127.0.0.2:0/", null)]
    public async Task A_public_address_with_a_key_or_waiver_and_any_loopback_address_is_served(string url, bool? key)
    {
        if (url.Contains("::1", StringComparison.Ordinal) && !Socket.OSSupportsIPv6)
            Assert.Skip("no IPv6 on this machine");
        SandboxServer server;
        try
        {
            server = await StartAsync(url, options =>
            {
                options.ApiKey = key == true ? "k" : null;
                options.AllowPublicWithoutKey = key == false;
            });
        }
        catch (IOException exception) when (url.Contains("::1", StringComparison.Ordinal))
        {
            Assert.Skip("no IPv6 loopback address on this machine: " + exception.Message);
            return;
        }

        await using (server)
            server.Url.Port.ShouldBeGreaterThan(0);
    }

    [Theory(Timeout = 30_000)]
    [InlineData("https://127.0.0.1:7000", "reverse proxy")]
    [InlineData("http://sandbox.example:7000", "must be")]
    [InlineData("http://127.0.0.1", "must be")]
    [InlineData("http://127.0.0.1:70000", "must be")]
    [InlineData("http://127.0.0.1:7000/base", "must be")]
    [InlineData("http://0:7000", "must be")]
    [InlineData("http://::1:7000", "must be")]
    [InlineData("ftp://127.0.0.1:7000", "must be")]
    public async Task An_address_that_cannot_be_listened_at_is_refused(string url, string reason)
    {
        var exception = await Should.ThrowAsync<ArgumentException>(() => StartAsync(url));
        exception.Message.ShouldContain(url);
        exception.Message.ShouldContain(reason);
    }

    [Fact(Timeout = 30_000)]
    public async Task All_options_that_are_out_of_range_are_named_at_once()
    {
        var exception = await Should.ThrowAsync<ArgumentException>(() => StartAsync("http://127.0.0.1:0", options =>
        {
            options.ApiKey = "";
            options.MaxArchiveSize = -1;
            options.MaxConfigSize = 0;
            options.MaxConnections = 0;
            options.MaxUploads = 0;
            options.UnreadAnswersLimit = 0;
            options.HeadersTimeout = TimeSpan.Zero;
            options.KeepAliveTimeout = TimeSpan.Zero;
            options.MinDataRate = -1;
            options.StopGrace = TimeSpan.FromSeconds(-1);
        }));
        foreach (var name in new[] { "api-key", "max-archive-size", "max-config-size", "max-connections", "max-uploads", "unread-answers-limit", "headers-timeout", "keep-alive-timeout", "min-data-rate", "stop-grace" })
            exception.Message.ShouldContain(name);
    }

    [Fact(Timeout = 30_000)]
    public async Task What_a_killed_predecessor_left_in_the_spool_is_removed_and_nothing_else()
    {
        var spool = Directory.CreateTempSubdirectory("sandbox-test-");
        await File.WriteAllTextAsync(Path.Combine(spool.FullName, "upload-left.tmp"), "x");
        await File.WriteAllTextAsync(Path.Combine(spool.FullName, "mine"), "x");
        await using (await StartAsync("http://127.0.0.1:0", options => options.SpoolDirectory = spool.FullName))
            spool.GetFiles().Select(file => file.Name).ShouldBe(["mine"]);
        spool.Delete(true);
    }

    [Fact(Timeout = 30_000)]
    public async Task A_spool_that_cannot_be_made_is_one_clear_line()
    {
        var exception = await Should.ThrowAsync<IOException>(() => StartAsync("http://127.0.0.1:0", options => options.SpoolDirectory = "/proc/no/spool"));
        exception.Message.ShouldContain("/proc/no/spool");
        exception.Message.ShouldContain("spool-directory");
    }

    [Fact(Timeout = 30_000)]
    public async Task Wrong_settings_end_serve_with_exit_code_2()
    {
        (await SandboxServer.RunAsync(["--no-such-setting", "1"])).ShouldBe(2);
        (await SandboxServer.RunAsync(["--urls", "http://0.0.0.0:7000"])).ShouldBe(2);
    }

    private static Task<SandboxServer> StartAsync(string url, Action<SandboxServerOptions>? configure = null)
    {
        var options = new SandboxServerOptions();
        options.Urls.Clear();
        options.Urls.Add(url);
        configure?.Invoke(options);
        return SandboxServer.StartAsync(new FakeSandbox(), options);
    }
}
