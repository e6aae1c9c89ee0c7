using System.Net;
using System.Net.Sockets;
using SandboxApi.FunctionalTests.Fixtures;

namespace SandboxApi.FunctionalTests.Isolation;

/// <summary>The network a program sees: its own loopback interface.</summary>
public abstract class NetworkTests(Subject subject) : SandboxTests(subject)
{
    [Fact(Timeout = Minute)]
    public async Task Loopback_is_the_only_interface() =>
        (await OutputOfAsync("tail -n +3 /proc/net/dev | cut -d: -f1 | tr -d ' '; tail -n +2 /proc/net/route | wc -l")).ShouldBe("lo\n0");

    [Fact(Timeout = Minute)]
    public async Task Loopback_works()
    {
        await NeedsAsync("python3");

        (await OutputOfAsync("""
            python3 - <<'END'
            import socket
            server = socket.create_server(("127.0.0.1", 0))
            client = socket.create_connection(server.getsockname())
            peer, _ = server.accept()
            client.sendall(b"through")
            print(peer.recv(100).decode())
            END
            """)).ShouldBe("through");
    }

    [Theory(Timeout = Minute)]
    [InlineData("1.1.1.1", 53)]
    [InlineData("8.8.8.8", 443)]
    [InlineData("169.254.169.254", 80)]
    [InlineData("10.0.0.1", 80)]
    [InlineData("192.168.0.1", 80)]
    public async Task No_other_address_can_be_reached(string address, int port)
    {
        (await RunOneAsync($"exec 3<>/dev/tcp/{address}/{port}")).Stderr.ShouldContain("Network is unreachable");
        (await RunOneAsync($"echo x > /dev/udp/{address}/{port}")).Stderr.ShouldContain("Network is unreachable");
    }

    [Fact(Timeout = Minute)]
    public async Task Services_of_the_host_cannot_be_reached()
    {
        var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;
        try
        {
            (await RunOneAsync($"exec 3<>/dev/tcp/127.0.0.1/{port}")).Stderr.ShouldContain("Connection refused");
            (await RunOneAsync($"exec 3<>/dev/tcp/127.0.0.1/{Subject.Deployment.Url.Port}")).Stderr.ShouldContain("Connection refused");
        }
        finally
        {
            listener.Stop();
        }
    }

    [Fact(Timeout = Minute)]
    public async Task Raw_and_packet_sockets_are_refused()
    {
        await NeedsAsync("python3");

        foreach (var kind in new[] { "socket.AF_INET, socket.SOCK_RAW, 1", "socket.AF_PACKET, socket.SOCK_RAW, 3" })
            (await RunOneAsync($"python3 -c 'import socket; socket.socket({kind})'")).Stderr.ShouldContain("Error");
    }

    [Fact(Timeout = Minute)]
    public async Task Names_are_not_resolved_outside()
    {
        await NeedsAsync("python3");

        (await RunOneAsync("python3 -c 'import socket; socket.getaddrinfo(\"example.com\", 80)'")).ExitCode.ShouldNotBe(0);
    }
}

public sealed class LocalNetworkTests(Sandboxes sandboxes) : NetworkTests(sandboxes.Local);

public sealed class RemoteNetworkTests(Sandboxes sandboxes) : NetworkTests(sandboxes.Remote);

public sealed class RemoteSyncNetworkTests(Sandboxes sandboxes) : NetworkTests(sandboxes.RemoteSync);
