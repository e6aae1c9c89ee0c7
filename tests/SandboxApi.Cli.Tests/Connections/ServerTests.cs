using System.Net;
using System.Net.Sockets;

namespace SandboxApi.Cli.Tests.Connections;

/// <summary>The command line against real servers, good and bad.</summary>
public sealed class ServerTests
{
    private static readonly Guid Id = Guid.Parse("872b604c-9cce-42e2-8888-9a0311f3a724");

    [Fact(Timeout = 60_000)]
    public async Task Commands_run_on_a_server()
    {
        var sandbox = new FakeSandbox { OnDownload = (_, _) => new MemoryStream([1, 2, 3]), Size = 3 };
        sandbox.OnExecute = (config, _) => Task.FromResult(Results.Of(4, Results.Command(config.Commands[0].Text, exitCode: 4, stdout: "out", stderr: "err")));
        await using var server = await StartAsync(sandbox);
        var url = server.Url.ToString();
        var token = TestContext.Current.CancellationToken;

        var run = await Real().RunAsync(token, "exec", "--server", url, "--stdin-text", "in", "--timeout", "3", "--archive", "-", "make");
        run.ExitCode.ShouldBe(4);
        run.Output.ShouldBe("out\n");
        run.Error.ShouldBe("err\n");
        sandbox.Config!.Stdin.ShouldBe("in");
        sandbox.Config.Commands[0].Timeout.ShouldBe(TimeSpan.FromSeconds(3));

        (await Real().RunAsync(token, "check", "--server", url, $"{Id}", "a/b")).Output.ShouldBe("3\n");
        (await Real().RunAsync(token, "download", "--server", url, $"{Id}")).OutputBytes.ShouldBe([1, 2, 3]);
        (await Real().RunAsync(token, "specs", "--server", url, "--json")).Json.GetProperty("container").GetProperty("count").GetInt32().ShouldBe(20);
        (await Real().RunAsync(token, "usage", "--server", url)).ExitCode.ShouldBe(0);
        (await Real().RunAsync(token, "libraries", "--server", url)).ExitCode.ShouldBe(0);
    }

    [Fact(Timeout = 60_000)]
    public async Task An_error_of_the_server_is_told_in_one_line()
    {
        var sandbox = new FakeSandbox { OnExecute = (_, _) => throw new SandboxException(SandboxErrorCode.Busy, "No sandbox became free within 2 s.") };
        await using var server = await StartAsync(sandbox);

        var result = await Real().RunAsync(TestContext.Current.CancellationToken, "exec", "--server", server.Url.ToString(), "x");

        result.ExitCode.ShouldBe(125);
        result.ErrorLine.ShouldContain("No sandbox became free within 2 s: try again in a moment");
    }

    [Fact(Timeout = 60_000)]
    public async Task A_wrong_key_says_how_to_pass_the_right_one()
    {
        await using var server = await StartAsync(new FakeSandbox(), new SandboxServerOptions { ApiKey = "right" });
        var token = TestContext.Current.CancellationToken;

        var refused = await Real().RunAsync(token, "usage", "--server", server.Url.ToString(), "--api-key", "wrong");
        refused.ExitCode.ShouldBe(1);
        refused.ErrorLine.ShouldContain("--api-key or SANDBOX_API_KEY");
        refused.Error.ShouldNotContain("wrong\"");

        (await Real().RunAsync(token, "usage", "--server", server.Url.ToString(), "--api-key", "right")).ExitCode.ShouldBe(0);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_server_that_is_down_is_named()
    {
        // Held and not listened at: a port that was only found free may be somebody else's server by now.
        using var silent = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        silent.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        var port = ((IPEndPoint)silent.LocalEndPoint!).Port;

        var result = await Real().RunAsync(TestContext.Current.CancellationToken, "specs", "--server", $"http://127.0.0.1:{port}");

        result.ExitCode.ShouldBe(1);
        result.ErrorLine.ShouldContain($"127.0.0.1:{port}");
        result.ErrorLine.ShouldContain("'sandbox serve'");
    }

    [Fact(Timeout = 60_000)]
    public async Task A_server_that_is_slow_is_not_waited_for_longer_than_told()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();

        var result = await Real().RunAsync(TestContext.Current.CancellationToken, "specs", "--server", $"http://{listener.LocalEndpoint}", "--server-timeout", "200ms");

        result.ExitCode.ShouldBe(1);
        result.ErrorLine.ShouldContain("--server-timeout");
    }

    [Fact(Timeout = 60_000)]
    public async Task What_is_no_sandbox_server_is_said_to_be_none()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var token = TestContext.Current.CancellationToken;
        var answering = AnswerAsync(listener, "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 15\r\nConnection: close\r\n\r\n<html>Hi</html>", token);

        var result = await Real().RunAsync(token, "specs", "--server", $"http://{listener.LocalEndpoint}");

        await answering;
        result.ExitCode.ShouldBe(1);
        result.ErrorLine.ShouldContain("check the address given by --server");
    }

    private static Cli Real() => new() { UsesRealConnector = true };

    private static Task<SandboxServer> StartAsync(FakeSandbox sandbox, SandboxServerOptions? options = null)
    {
        options ??= new SandboxServerOptions();
        options.Urls.Clear();
        options.Urls.Add("http://127.0.0.1:0");
        return SandboxServer.StartAsync(sandbox, options, cancellationToken: TestContext.Current.CancellationToken);
    }

    private static async Task AnswerAsync(TcpListener listener, string answer, CancellationToken cancellationToken)
    {
        using var connection = await listener.AcceptTcpClientAsync(cancellationToken);
        var stream = connection.GetStream();
        _ = await stream.ReadAsync(new byte[4096], cancellationToken);
        await stream.WriteAsync(System.Text.Encoding.ASCII.GetBytes(answer), cancellationToken);
    }
}
