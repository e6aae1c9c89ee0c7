using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using SandboxApi.FunctionalTests.Fixtures;
using SandboxApi.SecurityTests.Fixtures;
using SandboxApi.SecurityTests.Matrix;

namespace SandboxApi.SecurityTests.Attacks;

/// <summary>Reaching for networks, and for services that the host itself offers while the attack runs.</summary>
[Attack(26)]
public sealed class NetworkReachTests(Arena arena) : AttackTests(arena)
{
    [Fact(Timeout = Long)]
    public async Task Services_of_the_host_cannot_be_reached_by_any_address()
    {
        using var tcp = new TcpListener(IPAddress.Any, 0);
        tcp.Start();
        using var tcp6 = new TcpListener(IPAddress.IPv6Loopback, 0);
        var hasIPv6 = Socket.OSSupportsIPv6;
        if (hasIPv6)
            tcp6.Start();
        using var udp = new UdpClient(new IPEndPoint(IPAddress.Any, 0));
        var (port, port6, udpPort) = (((IPEndPoint)tcp.LocalEndpoint).Port, hasIPv6 ? ((IPEndPoint)tcp6.LocalEndpoint).Port : 1, ((IPEndPoint)udp.Client.LocalEndPoint!).Port);
        var addresses = NetworkInterface.GetAllNetworkInterfaces().SelectMany(network => network.GetIPProperties().UnicastAddresses).Select(unicast => unicast.Address).Where(address => address.AddressFamily == AddressFamily.InterNetwork).Select(address => address.ToString());

        var result = await PythonAsync(PythonCalls.Program($$"""
            import socket
            hosts = "127.0.0.1 0.0.0.0 127.1.2.3 {{string.Join(' ', addresses)}} 169.254.169.254 10.0.0.1 10.0.2.2 172.17.0.1 192.168.0.1 100.64.0.1 255.255.255.255 8.8.8.8".split()
            for host in hosts:
                for port in ({{port}}, {{Url.Port}}, 53, 80):
                    s = socket.socket()
                    s.settimeout(2)
                    tell("tcp", attempt(lambda: s.connect((host, port))))
                s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
                s.setsockopt(1, 6, 1)
                s.settimeout(0.05)
                tell("udp", attempt(lambda: (s.sendto(b"attack", (host, {{udpPort}})), s.recv(10))))
            for host in ("::1", "::", "::ffff:127.0.0.1", "fe80::1%lo", "fd00:ec2::254", "2001:4860:4860::8888"):
                for port in ({{port6}}, {{port}}, {{Url.Port}}):
                    s = attempt(lambda: socket.socket(socket.AF_INET6))
                    if isinstance(s, str):
                        continue
                    s.settimeout(2)
                    tell("tcp6", attempt(lambda: s.connect((host, port))))
            """), Within(40));

        result.ExitCode.ShouldBe(0, result.Stderr);
        // An answer of the own loopback interface, or none: what a connect gives that succeeded is "None", and a datagram that was answered a tuple.
        string[] unreached = ["ECONNREFUSED", "ENETUNREACH", "EHOSTUNREACH", "EADDRNOTAVAIL", "EACCES", "EINVAL", "ETIMEDOUT", "TimeoutError", "EAGAIN"];
        result.Stdout.Split('\n').ShouldAllBe(line => unreached.Contains(line.Split(' ', 2)[1]), result.Stdout);
        tcp.Pending().ShouldBeFalse();
        udp.Available.ShouldBe(0);
    }

    [Fact(Timeout = Long)]
    public async Task Unix_sockets_of_the_host_cannot_be_reached()
    {
        using var host = new TemporaryDirectory();
        var path = Path.Combine(host.Path, "s");
        var name = "sandbox-attack-" + Guid.NewGuid().ToString("N");
        using var inFiles = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        inFiles.Bind(new UnixDomainSocketEndPoint(path));
        inFiles.Listen();
        using var byName = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        byName.Bind(new UnixDomainSocketEndPoint("\0" + name));
        byName.Listen();

        var result = await PythonAsync(PythonCalls.Program($$"""
            import socket
            usual = ["/run/docker.sock", "/var/run/docker.sock", "/run/containerd/containerd.sock", "/run/dbus/system_bus_socket", "/run/systemd/notify", "/run/systemd/private",
                     "/run/systemd/journal/socket", "/dev/log", "/run/user/0/bus", "/tmp/.X11-unix/X0", "/run/snapd.socket", "/var/run/nscd/socket", "/run/podman/podman.sock", "/run/uuidd/request"]
            for address in usual + ["{{path}}", "\0{{name}}", "\0/tmp/.X11-unix/X0", "\0/org/kernel/linux/storage/multipathd"]:
                for kind in (1, 2, 5):
                    tell(attempt(lambda: socket.socket(1, kind).connect(address)))
            tell(*[line for line in open("/proc/net/unix").read().split("\n") if "{{name}}" in line or "@" in line] or ["ENOENT"])
            """));

        result.Stdout.Split('\n').ShouldAllBe(line => line == "ENOENT" || line == "ECONNREFUSED" || line == "EACCES", result.Stdout + result.Stderr);
        inFiles.Poll(0, SelectMode.SelectRead).ShouldBeFalse();
        byName.Poll(0, SelectMode.SelectRead).ShouldBeFalse();
    }

    [Fact(Timeout = Long)]
    public async Task No_interface_route_or_address_can_be_had()
    {
        var result = await PythonAsync(PythonCalls.Program("""
            import fcntl, socket, struct
            s = socket.socket(16, 3, 0)
            s.bind((0, 0))
            s.settimeout(2)

            def ask(kind, flags, body):
                s.send(struct.pack("=IHHII", 16 + len(body), kind, flags, 1, 0) + body)
                answer = s.recv(65536)
                if struct.unpack_from("=H", answer, 4)[0] == 2:
                    return errno.errorcode.get(-struct.unpack_from("=i", answer, 16)[0], "done")
                return answer
            names = [answer for answer in [ask(18, 0x301, bytes(16))]][0]
            tell("links", names.count(b"lo\0"), b"eth" in names or b"veth" in names)
            s = socket.socket(16, 3, 0); s.bind((0, 0)); s.settimeout(2)
            # A dummy, a veth into init's network namespace, an address, a route, a rule, a neighbour, a qdisc, a namespace by pid.
            name = struct.pack("=HH", 8, 3) + b"att\0"
            kind = struct.pack("=HHHH", 16, 18, 9, 1) + b"dummy\0\0\0"
            tell("link", ask(16, 0x605, bytes(16) + name + kind))
            tell("address", ask(20, 0x605, struct.pack("=BBBBI", 2, 8, 0, 0, 1) + struct.pack("=HH", 8, 2) + bytes([10, 0, 0, 5])))
            tell("route", ask(24, 0x605, struct.pack("=BBBBBBBBI", 2, 0, 0, 0, 254, 4, 0, 1, 0) + struct.pack("=HHI", 8, 4, 1)))
            tell("rule", ask(32, 0x605, struct.pack("=BBBBBBBBI", 2, 0, 0, 0, 254, 0, 0, 1, 0)))
            tell("qdisc", ask(36, 0x605, struct.pack("=BBHiIII", 0, 0, 0, 1, 0, 0xFFFFFFFF, 0)))
            i = socket.socket(2, 2)
            request = lambda: bytearray(b"lo" + bytes(14) + struct.pack("=H", 0x100) + bytes(22))
            for number in (0x8914, 0x8916, 0x8922, 0x8924, 0x8923, 0x8943, 0x8946 if False else 0x8948, 0x89F0, 0x890B, 0x8990):
                tell(hex(number), attempt(lambda: fcntl.ioctl(i, number, request())))
            tell("device", attempt(lambda: i.setsockopt(1, 25, b"lo\0")) or "none")
            tell("mark", attempt(lambda: i.setsockopt(1, 36, 1)))
            tell("transparent", attempt(lambda: i.setsockopt(0, 19, 1)))
            tell("iptables", attempt(lambda: i.setsockopt(0, 64, bytes(84))))
            tell("tun", attempt(lambda: os.open("/dev/net/tun", 2)))
            """));

        var lines = result.Stdout.Split('\n');
        lines[0].ShouldBe("links 1 False", result.Stderr);
        lines.Skip(1).Where(line => !line.StartsWith("device ", StringComparison.Ordinal)).ShouldAllBe(line => line.Contains(" E", StringComparison.Ordinal), result.Stdout + result.Stderr);
    }

    [Fact(Timeout = Long)]
    public async Task Names_and_pings_go_nowhere()
    {
        var result = await PythonAsync(PythonCalls.Program("""
            import socket
            for name in ("example.com", "metadata.google.internal", "host.docker.internal", "kubernetes.default.svc"):
                tell(attempt(lambda: socket.getaddrinfo(name, 80)))
            for kind, protocol in ((2, 1), (3, 1), (3, 255), (3, 6)):
                def ping():
                    s = socket.socket(2, kind, protocol)
                    s.settimeout(0.3)
                    s.sendto(b"\x08\0\xf7\xff\0\0\0\0", ("8.8.8.8", 0))
                    return s.recv(100)
                tell(attempt(ping))
            """), Within(20));

        result.Stdout.Split('\n').Length.ShouldBe(8, result.Stderr);
        result.Stdout.Split('\n').ShouldAllBe(line => line == "gaierror" || line.StartsWith('E'), result.Stdout);
    }

    [Fact(Timeout = Long)]
    public async Task No_socket_of_a_family_beyond_the_four_can_be_made()
    {
        var result = await PythonAsync(PythonCalls.Program("""
            made = []
            for family in range(0, 48):
                for kind in (1, 2, 3, 4, 5, 6, 10):
                    for protocol in (0, 1, 3, 6, 17, 33, 58, 115, 132, 136, 255, 262, 768):
                        answer = call(41, family, kind, protocol)
                        if isinstance(answer, int):
                            made.append((family, kind, protocol))
                            os.close(answer)
            # Netlink takes any type for route; unix takes protocol 0 and, as ever, 1.
            tell(sorted({family for family, _, _ in made}), [m for m in made if m[0] in (2, 10)])
            """));

        result.Stdout.ShouldStartWith("[1, 2, 10, 16] [", Case.Sensitive, result.Stderr);
        var internet = result.Stdout[result.Stdout.IndexOf("] [", StringComparison.Ordinal)..];
        foreach (var made in internet.Split('(').Skip(1).Select(part => part.Split(')')[0].Split(", ").Select(int.Parse).ToArray()))
            (made[1] is 1 or 2 && made[2] is 0 or 1 or 6 or 17 or 58).ShouldBeTrue(string.Join(' ', made));
    }
}
