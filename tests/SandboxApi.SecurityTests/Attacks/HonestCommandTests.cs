using SandboxApi.FunctionalTests.Fixtures;
using SandboxApi.SecurityTests.Fixtures;
using SandboxApi.SecurityTests.Matrix;

namespace SandboxApi.SecurityTests.Attacks;

/// <summary>What programs that mean no harm ask of multiplexed calls: each is allowed, or refused in a way that they are used to.</summary>
[Attack(210)]
[Attack(43)]
public sealed class HonestCommandTests(Arena arena) : AttackTests(arena)
{
    [Fact(Timeout = Long)]
    public async Task Two_processes_share_a_database_by_record_locks()
    {
        await NeedsAsync("python3");
        var result = await RunAsync(
            Feed("cat > add.py", """
                import sqlite3
                base = sqlite3.connect("base", timeout=60)
                for _ in range(50):
                    with base: base.execute("update counter set n = n + 1")
                """),
            Feed("exec python3 -", """
                import sqlite3, subprocess, sys
                for mode in ("delete", "wal"):
                    base = sqlite3.connect("base")
                    print(base.execute(f"pragma journal_mode = {mode}").fetchone()[0])
                    with base:
                        base.execute("create table if not exists counter (n)")
                        base.execute("delete from counter")
                        base.execute("insert into counter values (0)")
                    adding = [subprocess.Popen([sys.executable, "add.py"]) for _ in range(2)]
                    print([one.wait() for one in adding], base.execute("select n from counter").fetchone()[0])
                    base.close()
                """));

        result.Execution[1].Stdout.ShouldBe("delete\n[0, 0] 100\nwal\n[0, 0] 100", result.Execution[1].Stderr);
    }

    [Fact(Timeout = Long)]
    public async Task Locks_of_files_exclude_each_other()
    {
        var result = await PythonAsync(PythonCalls.Program("""
            import fcntl
            f = open("own", "w"); f.write("x" * 100); f.flush()
            fcntl.lockf(f, fcntl.LOCK_EX, 10, 5)
            child = os.fork()
            if child == 0:
                g = open("own", "r+")
                lock = fcntl.fcntl(g, fcntl.F_GETLK, struct.pack("hhqqi4x", fcntl.F_WRLCK, 0, 0, 0, 0))
                tell(struct.unpack("hhqqi4x", lock)[2:4], struct.unpack("hhqqi4x", lock)[4] == os.getppid(), attempt(lambda: fcntl.lockf(g, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, 7)), attempt(lambda: fcntl.lockf(g, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, 50)))
                os._exit(0)
            os.waitpid(child, 0)
            own = struct.pack("hhqqi4x", fcntl.F_WRLCK, 0, 60, 1, 0)
            tell(*[fcntl.fcntl(f, command, own) == own for command in (37, 38)], fcntl.fcntl(f, fcntl.F_SETFL, os.O_NONBLOCK | os.O_APPEND))
            """));

        result.Stdout.ShouldBe("(5, 10) True EAGAIN None\nTrue True 0", result.Stderr);
    }

    [Fact(Timeout = Long)]
    public async Task Interfaces_and_names_are_found()
    {
        // By netlink (getifaddrs, getaddrinfo, if_nameindex) and by ioctl.
        var result = await PythonAsync(PythonCalls.Program("""
            import fcntl, socket
            tell(socket.if_nameindex(), socket.getaddrinfo("localhost", 80, socket.AF_INET, socket.SOCK_STREAM)[0][4])
            s = socket.socket()
            tell(socket.inet_ntoa(fcntl.ioctl(s, 0x8915, b"lo".ljust(32, b"\0"))[20:24]), struct.unpack_from("i", fcntl.ioctl(s, 0x8921, b"lo".ljust(32, b"\0")), 16)[0] > 1000)
            """));

        result.Stdout.ShouldBe("[(1, 'lo')] ('127.0.0.1', 80)\n127.0.0.1 True", result.Stderr);
    }

    [Fact(Timeout = Long)]
    public async Task Node_lists_the_interfaces()
    {
        await NeedsAsync("node");

        (await OutputOfAsync("node -e 'console.log(Object.keys(require(\"os\").networkInterfaces()).join())'")).ShouldBe("lo");
    }

    [Fact(Timeout = Long)]
    public async Task Sockets_take_their_usual_options()
    {
        var result = await PythonAsync(PythonCalls.Program("""
            import socket
            a = socket.create_server(("127.0.0.1", 0)); b = socket.create_connection(a.getsockname()); c, _ = a.accept()
            for level, option, value in ((1, socket.SO_KEEPALIVE, 1), (1, socket.SO_LINGER, struct.pack("ii", 0, 0)), (1, socket.SO_SNDBUF, 1 << 16), (1, socket.SO_RCVBUF, 1 << 16), (1, socket.SO_RCVTIMEO, struct.pack("qq", 5, 0)), (6, socket.TCP_NODELAY, 1), (6, socket.TCP_KEEPIDLE, 60), (6, socket.TCP_CORK, 1), (0, socket.IP_TOS, 16)):
                tell(attempt(lambda: b.setsockopt(level, option, value)))
            tell(b.getsockopt(1, socket.SO_SNDBUF) >= 4096, b.getsockopt(6, socket.TCP_MAXSEG) > 0, c.getsockopt(1, socket.SO_ERROR))
            """));

        result.Stdout.ShouldBe(string.Concat(Enumerable.Repeat("None\n", 9)) + "True True 0", result.Stderr);
    }

    [Fact(Timeout = Long)]
    public async Task Tools_copy_watch_sleep_and_step_back()
    {
        var commands = new[]
        {
            "head -c 100000 /dev/urandom > a && cp --reflink=auto a b && cmp a b && cp -a a c && mv c d && cmp a d && echo copied",
            "nice -n 5 sh -c nice",
            "ionice -c 3 echo idle",
            "ionice -c 2 -n 7 echo last",
            "dd if=a of=e bs=64k oflag=nocache iflag=nocache conv=fdatasync status=none && cmp a e && echo dropped",
            "fallocate -l 1M f && stat -c %s f",
            "setpriv --no-new-privs echo private",
            "flock g echo locked",
            "tail -c 1 --pid $$ a > /dev/null && timeout 0.2 tail -f a > /dev/null; echo $?",
            "script -qec 'stty size < /dev/tty > /dev/null && echo terminal' /dev/null | tr -d '\\r'",
            "ulimit -c 0 && echo no core",
        };

        var result = await RunAsync(ExecutionConfig.Of([.. commands.Select(command => new Command(command))]));

        result.Execution.Select(command => command.Stdout + (command.ExitCode == 0 ? "" : command.Stderr)).ShouldBe(["copied", "5", "idle", "last", "dropped", "1048576", "private", "locked", "124", "terminal", "no core"]);
    }

    [Fact(Timeout = Long)]
    public async Task Java_finds_its_interfaces_and_locks_files()
    {
        await NeedsAsync("javac");
        const string Source = """
            import java.net.*; import java.nio.channels.*; import java.nio.file.*;
            public class Uses {
                public static void main(String[] arguments) throws Exception {
                    var names = NetworkInterface.networkInterfaces().map(NetworkInterface::getName).toList();
                    try (var file = FileChannel.open(Path.of("f"), StandardOpenOption.CREATE, StandardOpenOption.WRITE); var lock = file.lock()) {
                        file.force(true);
                        System.out.println(names + " " + lock.isValid());
                    }
                    try (var server = new ServerSocket(0); var socket = new Socket()) {
                        socket.setReceiveBufferSize(1 << 16); socket.setSendBufferSize(1 << 16); socket.setTcpNoDelay(true);
                        socket.connect(server.getLocalSocketAddress());
                        System.out.println(socket.isConnected());
                    }
                }
            }
            """;

        var result = await RunAsync(ExecutionConfig.Of("javac -J-Xmx128m Uses.java && java -Xmx64m Uses"), Archive.Of(("Uses.java", Source)));

        result.Execution[0].Stdout.ShouldBe("[lo] true\ntrue", result.Execution[0].Stderr);
    }
}
