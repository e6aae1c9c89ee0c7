using System.Formats.Tar;
using System.Net.Sockets;
using System.Text.Json;
using Files = SandboxApi.Soak.Kinds.Archives;

namespace SandboxApi.Soak.Unfriendly;

/// <summary>What is tried, each at the worst that the server's settings permit.</summary>
internal static class AttackCatalogue
{
    private const int Megabyte = 1 << 20;

    // Made before the attack begins: it is the server that is to be kept busy.
    private static readonly Lazy<byte[]> s_deep = new(Deep);
    private static readonly Lazy<byte[]> s_bomb = new(() => Files.Of(Files.File("zeros", new byte[200 * Megabyte])));
    private static readonly Lazy<string> s_manyValues = new(() => $"{{\"commands\":[{string.Join(',', Enumerable.Repeat("1", 1_000_000))}]}}");
    private static readonly Lazy<string> s_nested = new(() => new string('[', 8 * Megabyte));

    internal static IReadOnlyList<Attack> All { get; } =
    [
        // Programs.
        Program("burns processors in children", "for i in 1 2 3 4 5 6 7 8; do (while :; do :; done) & done; wait"),
        Program("forks until it may no more", "f() { f | f & }; f; sleep 2"),
        Program("takes all its memory again and again", "while :; do head -c 2G /dev/zero | tail -c 1G > /dev/null; done"),
        Program("floods its output", "yes flood & yes flood >&2"),
        Program("fills its storage again and again", "while :; do head -c 1G /dev/zero > f 2> /dev/null; rm f; done"),
        Program("makes files until it may no more", "for i in $(seq 200000); do : > $i; done 2> /dev/null; ls | wc -l"),
        Program("starts and ends processes as fast as it can", "while :; do /bin/true; done"),
        Program("leaves daemons that ignore signals", "for i in $(seq 50); do (trap '' TERM INT HUP; setsid sleep 1000 &); done"),
        Program("has the disk flushed", "python3 -c \"import os\nf = os.open('/usr/bin/env', os.O_RDONLY)\nwhile True: os.fsync(f)\""),
        Program("opens and closes sockets", "python3 -c \"import socket\nwhile True: socket.socket().close()\""),
        Program("keeps descriptors on their way", """
            python3 -c "
            import array, os, socket, time
            held, null = [], os.open('/dev/null', os.O_RDONLY)
            try:
                while True:
                    held.append(socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM))
                    for _ in range(8): held[-1][0].sendmsg([b'x'], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array('i', [null] * 253))])
            except OSError: time.sleep(5)"
            """),
        Program("fills the buffers of loopback sockets", """
            python3 -c "
            import socket, time
            held = []
            try:
                while True:
                    listener = socket.create_server(('127.0.0.1', 0))
                    one = socket.create_connection(listener.getsockname()); one.setblocking(False)
                    held += [one, listener.accept()[0]]
                    listener.close()
                    try:
                        while True: one.send(b'x' * 65536)
                    except BlockingIOError: pass
            except OSError: time.sleep(5)"
            """),
        Program("takes record locks", """
            python3 -c "
            import fcntl
            f = open('f', 'w')
            for i in range(10**9): fcntl.lockf(f, fcntl.LOCK_EX, 1, 2 * i)"
            """),

        // Clients.
        new("sends a config of a million values", IsInside: false, attacker => attacker.PostAsync(s_manyValues.Value)) { Prepare = _ => Task.FromResult(s_manyValues.Value) },
        new("sends a config nested to the limit and beyond", IsInside: false, attacker => attacker.PostAsync(s_nested.Value)) { Prepare = _ => Task.FromResult(s_nested.Value) },
        new("runs a thousand commands", IsInside: false, attacker => attacker.RunAsync(Commands([.. Enumerable.Repeat("-x", 1000)]))),
        new("has 64 MiB of output answered", IsInside: false, attacker => attacker.RunAsync(Commands([.. Enumerable.Repeat("head -c 16M /dev/zero | tr '\\0' '\\1'", 4)]))),
        new("reads a large answer at 300 bytes/s", IsInside: false, ReadSlowlyAsync),
        new("uploads at 320 bytes/s", IsInside: false, UploadSlowlyAsync),
        new("opens connections and says nothing", IsInside: false, IdleAsync),
        new("sends headers a byte at a time", IsInside: false, HeadersSlowlyAsync),
        new("sends an archive of deep directories and many names", IsInside: false, attacker => attacker.RunAsync(Commands("true"), s_deep.Value)) { Prepare = _ => Task.FromResult(s_deep.Value) },
        new("sends an archive that unfolds a thousandfold", IsInside: false, attacker => attacker.RunAsync(Commands("true"), s_bomb.Value)) { Prepare = _ => Task.FromResult(s_bomb.Value) },
        new("saves a storage full of files", IsInside: false, attacker => attacker.SaveAsync(Save("for i in $(seq 3000); do : > $i; done; head -c 20M /dev/urandom > f"))),
        new("asks for a file that is not in a large environment", IsInside: false, attacker => attacker.GetAsync($"environments/{attacker.Prepared}/missing"))
        {
            Prepare = async attacker => attacker.Prepared = await attacker.SaveAsync(Save("n=$(printf 'x%.0s' $(seq 200)); for i in $(seq 3900); do : > $n$i; done")),
        },
        new("lists the environments", IsInside: false, attacker => attacker.GetAsync("environments/")),
        new("asks for the figures of the host", IsInside: false, attacker => attacker.GetAsync("usage/")),
        new("goes away in mid-run", IsInside: false, VanishAsync),
    ];

    private static Attack Program(string name, string script) => new(name, IsInside: true, attacker => attacker.RunAsync(Commands(script)));

    private static string Commands(params string[] commands) => $"{{\"commands\":{JsonSerializer.Serialize(commands)},\"timeout\":5}}";

    private static string Save(string command) => $"{{\"commands\":{JsonSerializer.Serialize<string[]>([command])},\"save\":true}}";

    /// <summary>Two branches as deep as paths may be, and hard links from one into the other.</summary>
    private static byte[] Deep()
    {
        var deep = string.Join('/', Enumerable.Repeat("d", 1900));
        List<TarEntry> entries = [Files.File($"a/{deep}/f", []), Files.File($"b/{deep}/f", [])];
        for (var i = 0; i < 1500; i++)
            entries.Add(Files.Link(TarEntryType.HardLink, $"{(i % 2 == 0 ? 'a' : 'b')}/{deep}/{i}", $"{(i % 2 == 0 ? 'b' : 'a')}/{deep}/f"));
        return Files.Of([.. entries]);
    }

    private static async Task ReadSlowlyAsync(Attacker attacker)
    {
        var config = Commands([.. Enumerable.Repeat("head -c 16M /dev/zero | tr '\\0' x", 4)]);
        using var socket = await attacker.ConnectAsync(attacker.Head("application/json", config.Length) + config);
        var piece = new byte[30];
        while (await socket.ReceiveAsync(piece, attacker.CancellationToken) > 0)
            await Task.Delay(100, attacker.CancellationToken);
    }

    private static async Task UploadSlowlyAsync(Attacker attacker)
    {
        // Four for each attacker: more than there are places.
        var sockets = new List<Socket>();
        try
        {
            for (var i = 0; i < 4; i++)
                sockets.Add(await attacker.ConnectAsync(attacker.Head("multipart/form-data; boundary=b", Megabyte) + "--b\r\nContent-Disposition: form-data; name=\"config\"\r\n\r\n{\"commands\":[\"true\"]}\r\n--b\r\nContent-Disposition: form-data; name=\"environment\"; filename=\"e\"\r\n\r\n"));
            while (true)
            {
                foreach (var socket in sockets)
                    await socket.SendAsync(new byte[32], attacker.CancellationToken);
                await Task.Delay(100, attacker.CancellationToken);
            }
        }
        finally
        {
            sockets.ForEach(socket => socket.Dispose());
        }
    }

    private static async Task IdleAsync(Attacker attacker)
    {
        var sockets = new List<Socket>();
        try
        {
            // Together more than the server takes.
            for (var i = 0; i < 60; i++)
                sockets.Add(await attacker.ConnectAsync(""));
            await Task.Delay(TimeSpan.FromSeconds(2), attacker.CancellationToken);
        }
        finally
        {
            sockets.ForEach(socket => socket.Dispose());
        }
    }

    private static async Task HeadersSlowlyAsync(Attacker attacker)
    {
        using var socket = await attacker.ConnectAsync("POST /execute/ HTTP/1.1\r\nHost: x\r\n");
        while (true)
        {
            await socket.SendAsync("X: y\r\n"u8.ToArray(), attacker.CancellationToken);
            await Task.Delay(500, attacker.CancellationToken);
        }
    }

    private static async Task VanishAsync(Attacker attacker)
    {
        var config = Commands("(trap '' HUP TERM; setsid sleep 300 &); sleep 300");
        using var socket = await attacker.ConnectAsync(attacker.Head("application/json", config.Length) + config);
        await Task.Delay(20, attacker.CancellationToken);
        socket.LingerState = new LingerOption(true, 0);
    }
}
