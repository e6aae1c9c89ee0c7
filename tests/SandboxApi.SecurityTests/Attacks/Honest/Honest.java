// What Java programs ask of a kernel: each check ends the program when its answer is wrong.
import java.io.*;
import java.net.*;
import java.nio.*;
import java.nio.channels.*;
import java.nio.file.*;
import java.util.concurrent.*;
import java.util.concurrent.atomic.*;
import java.util.stream.*;

public class Honest {
    static void check(boolean holds, String what) {
        if (!holds) throw new AssertionError(what);
    }

    public static void main(String[] arguments) throws Exception {
        var counter = new AtomicInteger();
        var pool = Executors.newFixedThreadPool(8);
        for (int i = 0; i < 100; i++) pool.submit(counter::incrementAndGet);
        pool.shutdown();
        check(pool.awaitTermination(60, TimeUnit.SECONDS) && counter.get() == 100, "threads");
        check(IntStream.range(0, 10000).parallel().sum() == 49995000, "parallel stream");
        var timer = new CountDownLatch(1);
        var scheduler = Executors.newScheduledThreadPool(1);
        scheduler.schedule(timer::countDown, 10, TimeUnit.MILLISECONDS);
        check(timer.await(60, TimeUnit.SECONDS), "timer");
        scheduler.shutdown();

        var process = new ProcessBuilder("tr", "a-z", "A-Z").start();
        try (var input = process.getOutputStream()) { input.write("text".getBytes()); }
        check(new String(process.getInputStream().readAllBytes()).equals("TEXT") && process.waitFor() == 0, "process");

        try (var server = new ServerSocket(0, 8, InetAddress.getLoopbackAddress()); var client = new Socket(server.getInetAddress(), server.getLocalPort()); var peer = server.accept()) {
            client.getOutputStream().write("line\n".getBytes());
            check(new BufferedReader(new InputStreamReader(peer.getInputStream())).readLine().equals("line"), "tcp");
        }
        try (var selector = Selector.open(); var server = ServerSocketChannel.open()) {
            server.bind(new InetSocketAddress("127.0.0.1", 0)).configureBlocking(false).register(selector, SelectionKey.OP_ACCEPT);
            try (var client = SocketChannel.open(server.getLocalAddress())) { check(selector.select(60000) == 1, "selector"); }
        }
        try (var one = new DatagramSocket(0, InetAddress.getLoopbackAddress()); var two = new DatagramSocket(0, InetAddress.getLoopbackAddress())) {
            one.send(new DatagramPacket("udp".getBytes(), 3, two.getLocalSocketAddress()));
            var packet = new DatagramPacket(new byte[10], 10);
            two.setSoTimeout(60000);
            two.receive(packet);
            check(packet.getLength() == 3, "udp");
        }
        try (var server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            var address = UnixDomainSocketAddress.of("java.socket");
            server.bind(address);
            try (var client = SocketChannel.open(address)) { check(client.isConnected(), "unix"); }
        }

        var file = Path.of("java.data");
        try (var channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE); var lock = channel.lock()) {
            check(lock.isValid(), "lock");
            var map = channel.map(FileChannel.MapMode.READ_WRITE, 0, 4096);
            map.putInt(0, 42);
            map.force();
            check(channel.size() == 4096, "map");
        }
        check(ByteBuffer.wrap(Files.readAllBytes(file)).getInt() == 42, "file");
        Files.move(file, Path.of("java.moved"));
        try (var watcher = FileSystems.getDefault().newWatchService()) {
            Path.of(".").register(watcher, StandardWatchEventKinds.ENTRY_CREATE);
            Files.writeString(Path.of("java.watched"), "x");
            check(watcher.poll(60, TimeUnit.SECONDS) != null, "watch");
        }
        check(ProcessHandle.current().pid() > 0 && Runtime.getRuntime().availableProcessors() > 0 && new java.security.SecureRandom().nextInt() != 0, "host");
        System.gc();
        System.out.println("honest");
    }
}
