using System.Net;
using System.Net.Sockets;
using SandboxApi.Client.Tests.Servers;

namespace SandboxApi.Client.Tests.Transport;

public sealed class FailureTests
{
    [Theory(Timeout = 30_000)]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_refused_connection_names_the_URL_and_what_to_check(bool async)
    {
        // Held and not listened at: a port that was only found free may be somebody else's server by now.
        using var silent = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        silent.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        var port = ((IPEndPoint)silent.LocalEndPoint!).Port;

        using var client = new SandboxClient($"http://127.0.0.1:{port}");
        var exception = await Should.ThrowAsync<SandboxException>(() => client.Libraries(async));
        exception.Code.ShouldBe(SandboxErrorCode.Unreachable);
        exception.Message.ShouldContain($"http://127.0.0.1:{port}/");
        exception.Message.ShouldContain("refused. Check that the server runs");
    }

    [Theory(Timeout = 30_000)]
    [InlineData(true)]
    [InlineData(false)]
    public async Task An_unknown_name_is_unreachable(bool async)
    {
        using var client = new SandboxClient(new SandboxClientOptions { Url = new Uri("http://no-such-host.invalid/"), ConnectTimeout = TimeSpan.FromSeconds(20) });
        var exception = await Should.ThrowAsync<SandboxException>(() => client.Libraries(async));
        exception.Code.ShouldBe(SandboxErrorCode.Unreachable);
        exception.Message.ShouldContain("no-such-host.invalid");
    }

    [Theory(Timeout = 30_000)]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Https_to_a_port_that_speaks_http_is_told_as_TLS(bool async)
    {
        await using var server = await FakeServer.StartAsync(200, "application/json", FakeServer.Result);
        using var client = new SandboxClient(server.Url.Replace("http:", "https:"));
        var exception = await Should.ThrowAsync<SandboxException>(() => client.Libraries(async));
        exception.Code.ShouldBe(SandboxErrorCode.Unreachable);
        exception.Message.ShouldContain("TLS");
    }

    [Theory(Timeout = 30_000)]
    [InlineData(true, "text/html", "<!DOCTYPE html><html>Welcome</html>")]
    [InlineData(false, "text/html", "<!DOCTYPE html><html>Welcome</html>")]
    [InlineData(true, "application/json", """{"hello": "world"}""")]
    [InlineData(false, "application/json", """{"hello": "world"}""")]
    [InlineData(true, "application/json", """{"status": 0, "execution": [""")]
    [InlineData(false, "application/json", """{"status": 0, "execution": [""")]
    [InlineData(true, "application/json", """{"status": 0, "execution": null, "total_time": 1}""")]
    [InlineData(true, "application/json", """{"status": 0, "execution": [{"command":"x","exit_code":0,"stdout":null,"stderr":"","time":1}], "total_time": 1}""")]
    [InlineData(true, "application/json", """{"status": 0, "execution": [], "total_time": "soon"}""")]
    [InlineData(true, "application/json", """{"status": 0, "execution": [], "total_time": 1, "expire": 5}""")]
    [InlineData(true, "application/json", "null")]
    [InlineData(false, "application/json", "[]")]
    [InlineData(true, "application/json", "")]
    [InlineData(false, "text/plain", "")]
    public async Task A_good_answer_that_is_not_ours_comes_from_no_sandbox(bool async, string type, string body)
    {
        await using var server = await FakeServer.StartAsync(200, type, body);
        using var client = new SandboxClient(server.Url);
        var exception = await Should.ThrowAsync<SandboxException>(() => client.Execute(async, ExecutionConfig.Of("true")));
        exception.Code.ShouldBe(SandboxErrorCode.NotASandbox);
        exception.Message.ShouldContain("no sandbox server");
        exception.Message.ShouldContain(server.Url + "execute/");
    }

    [Theory(Timeout = 30_000)]
    [InlineData(true)]
    [InlineData(false)]
    public async Task What_does_not_speak_HTTP_is_no_sandbox(bool async)
    {
        await using var server = new RawServer((stream, _, token) => RawServer.WriteAsync(stream, "SSH-2.0-OpenSSH_9.2\r\n", token).AsTask());
        using var client = new SandboxClient(server.Url);
        var exception = await Should.ThrowAsync<SandboxException>(() => client.Libraries(async));
        exception.Code.ShouldBe(SandboxErrorCode.NotASandbox, exception.ToString());
    }

    [Theory(Timeout = 30_000)]
    [InlineData(true, "")]
    [InlineData(false, "")]
    [InlineData(true, "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{\"status\": 0")]
    [InlineData(false, "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{\"status\": 0")]
    [InlineData(true, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{\"sta\r\n")]
    [InlineData(false, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{\"sta\r\n")]
    public async Task A_connection_that_breaks_before_the_answer_is_complete_is_told_so(bool async, string answer)
    {
        await using var server = new RawServer(async (stream, _, token) =>
        {
            await RawServer.ReadHeadersAsync(stream, token);
            await RawServer.WriteAsync(stream, answer, token);
        });
        using var client = new SandboxClient(server.Url);
        var exception = await Should.ThrowAsync<SandboxException>(() => client.Libraries(async));
        exception.Code.ShouldBe(SandboxErrorCode.Unreachable, exception.ToString());
        exception.Message.ShouldContain("broke before its answer was complete");
    }

    [Theory(Timeout = 30_000)]
    [InlineData(true)]
    [InlineData(false)]
    public async Task An_original_servers_figures_are_read(bool async)
    {
        const string Rates = """{"read_iops":{"/dev/sda1":0},"read_bps":{},"write_iops":{},"write_bps":{"/dev/sda1":2048}}""";
        await using var server = await FakeServer.StartAsync(async context => await Microsoft.AspNetCore.Http.HttpResponseWritingExtensions.WriteAsync(context.Response, context.Request.Path.Value switch
        {
            "/specifications/" => """
                {"host":{"cpu":{"core":null,"logical":12,"freq_min":800.0,"freq_max":4700.0},"memory":{"ram":1,"swap":2,"storage":{"/dev/sda1":3}},"docker_version":"19.03.8-ce","sandbox_version":"3.0.3"},
                 "container":{"count":20,"cpu":{"count":1,"period":1000,"shares":1024,"quota":0},"memory":{"ram":1,"swap":1,"storage":-1},
                 "io":{"read_iops":[{"Path":"/dev/sda","Rate":100}],"read_bps":{},"write_iops":{},"write_bps":{}},"process":-1,"working_dir_device":"/dev/sda1"}}
                """,
            "/usages/" => $$$"""
                {"cpu":{"frequency":800.05,"usage":0.085,"usage_avg":[0.1,0.09,0.07]},"memory":{"ram":5,"swap":0,"storage":{}},"io":{{{Rates}}},
                 "network":{"sent_bytes":514,"received_bytes":526,"sent_packets":6,"received_packets":5},"process":350,"container":0}
                """,
            _ => """{"libraries":{"system":{"bash":"5.0"},"python":{},"perl":{},"c":{}},"bin":["ls"]}""",
        }));
        using var client = new SandboxClient(server.Url);
        var specifications = await client.Specifications(async);
        specifications.Host.Cpu.Core.ShouldBe(0);
        specifications.Container.Io.ReadIops["/dev/sda"].ShouldBe(100);
        (await client.Usage(async)).Io.WriteBps["/dev/sda1"].ShouldBe(2048);
        (await client.Libraries(async)).Packages.System["bash"].ShouldBe("5.0");
    }
}
