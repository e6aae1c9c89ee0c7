using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using SandboxApi.SecurityTests.Fixtures;

namespace SandboxApi.SecurityTests.Attacks.Http;

/// <summary>What attacks on the HTTP interface are written with: bytes sent as they are, servers with limits of their own over the sandbox of one slot.</summary>
public abstract class ApiAttacks(Arena arena) : AttackTests(arena)
{
    protected const string Config = """{"commands":["echo $((2+2))"]}""";

    /// <summary>A server of the test's own; it is asked like the other.</summary>
    protected async Task<SandboxServer> ServeAsync(Action<SandboxServerOptions> configure, Microsoft.Extensions.Logging.ILoggerFactory? logs = null)
    {
        var options = new SandboxServerOptions();
        options.Urls[0] = "http://127.0.0.1:0";
        configure(options);
        return await SandboxServer.StartAsync(Sandbox, options, loggerFactory: logs, cancellationToken: Cancel);
    }

    protected static async Task<Socket> ConnectAsync(Uri url)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(IPAddress.Loopback, url.Port, Cancel);
        return socket;
    }

    /// <summary>Sends text as it stands (Latin-1) and reads until the server closes.</summary>
    protected static Task<string> SendAsync(Uri url, string request) => SendAsync(url, Encoding.Latin1.GetBytes(request));

    protected static async Task<string> SendAsync(Uri url, byte[] request)
    {
        using var socket = await ConnectAsync(url);
        try
        {
            await socket.SendAsync(request, Cancel);
        }
        catch (SocketException)
        {
            // Refused before all was sent: the answer counts.
        }

        return await ReadToEndAsync(socket);
    }

    protected static async Task<string> ReadToEndAsync(Socket socket)
    {
        var buffer = new byte[4096];
        var answer = new StringBuilder();
        try
        {
            for (int count; (count = await socket.ReceiveAsync(buffer, Cancel)) > 0;)
                answer.Append(Encoding.Latin1.GetString(buffer, 0, count));
        }
        catch (SocketException)
        {
            // A reset after the answer: what came before it counts.
        }

        return answer.ToString();
    }

    protected static string Post(string body, string headers = "Content-Type: application/json\r\n", string connection = "close") =>
        $"POST /execute/ HTTP/1.1\r\nHost: localhost\r\nConnection: {connection}\r\n{headers}Content-Length: {Encoding.Latin1.GetByteCount(body)}\r\n\r\n{body}";

    protected static string Get(string target, string headers = "", string method = "GET") => $"{method} {target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{headers}\r\n";

    /// <summary>The status of the first answer; 0 when there is none.</summary>
    protected static int Status(string answer) => answer.StartsWith("HTTP/1.1 ", StringComparison.Ordinal) ? int.Parse(answer.AsSpan(9, 3)) : 0;

    protected static int Answers(string text) => text.Split("HTTP/1.1 ").Length - 1;

    /// <summary>The stable code of an error; asserts that it is one as every error is, and tells nothing of the inside.</summary>
    protected static string Code(string answer)
    {
        var body = answer[(answer.IndexOf("\r\n\r\n", StringComparison.Ordinal) + 4)..];
        answer.ShouldContain("Content-Type: application/problem+json");
        body.ShouldNotContain("   at ");
        body.ShouldNotContain("/var/");
        return JsonElement.Parse(body).GetProperty("code").GetString()!;
    }

    /// <summary>An honest client is served as if nothing had been.</summary>
    protected async Task ServesOnAsync(Uri? url = null)
    {
        var answer = await SendAsync(url ?? Url, Post(Config));
        Status(answer).ShouldBe(200, answer);
        answer.ShouldContain("\"stdout\":\"4\"");
    }

    protected static async Task TrySendAsync(Socket socket, string text)
    {
        try
        {
            await socket.SendAsync(Encoding.ASCII.GetBytes(text), Cancel);
        }
        catch (SocketException)
        {
            // Closed meanwhile: that is what is waited for.
        }
    }

    /// <summary>Whether the kernel still holds the connection: a reset by the other end takes its peer away.</summary>
    protected static bool IsOpen(Socket socket)
    {
        try
        {
            _ = socket.RemoteEndPoint;
            return (int)socket.GetSocketOption(SocketOptionLevel.Socket, SocketOptionName.Error)! == 0 && socket.Connected;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
