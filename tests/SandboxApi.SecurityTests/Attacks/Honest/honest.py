"""What Python programs ask of a kernel: each assertion ends the program when its answer is wrong."""
import asyncio, concurrent.futures, ctypes, fcntl, glob, mmap, multiprocessing, os, pathlib, platform, queue, select, selectors, shutil, signal, socket, socketserver, sqlite3, subprocess, sys, tempfile, threading, time


def square(n):
    return n * n


def threads():
    results = queue.Queue()
    workers = [threading.Thread(target=lambda: results.put(sum(range(1000)))) for _ in range(16)]
    [worker.start() for worker in workers]
    [worker.join() for worker in workers]
    assert [results.get() for _ in range(16)] == [499500] * 16
    event = threading.Event()
    threading.Timer(0.01, event.set).start()
    assert event.wait(10)


def processes():
    with multiprocessing.Pool(2) as pool:
        assert pool.map(square, range(50)) == [n * n for n in range(50)]
    for method in ("fork", "spawn", "forkserver"):
        context = multiprocessing.get_context(method)
        answers = context.Queue()
        worker = context.Process(target=answers.put, args=(42,))
        worker.start()
        assert answers.get(timeout=60) == 42
        worker.join()
    with concurrent.futures.ProcessPoolExecutor(2) as pool:
        assert sum(pool.map(square, range(10))) == 285
    assert subprocess.run("cat | tr a-z A-Z", shell=True, input="text", capture_output=True, text=True).stdout == "TEXT"
    value = multiprocessing.Value("i", 0)
    with value.get_lock():
        value.value += 1
    from multiprocessing import shared_memory
    memory = shared_memory.SharedMemory(create=True, size=100)
    memory.buf[0] = 7
    memory.close()
    memory.unlink()


def sockets():
    class Echo(socketserver.StreamRequestHandler):
        def handle(self):
            self.wfile.write(self.rfile.readline())
    for family, address in ((socketserver.ThreadingTCPServer, ("127.0.0.1", 0)), (socketserver.ThreadingUnixStreamServer, "echo.socket")):
        with family(address, Echo) as server:
            threading.Thread(target=server.serve_forever, daemon=True).start()
            with socket.socket(server.address_family) as client:
                client.connect(server.server_address)
                client.sendall(b"line\n")
                assert client.makefile().readline() == "line\n"
            server.shutdown()
    left, right = socket.socketpair()
    socket.send_fds(left, [b"x"], [0])
    assert len(socket.recv_fds(right, 1, 1)[1]) == 1
    assert ("lo" in [name for _, name in socket.if_nameindex()]) and socket.gethostbyname("localhost") == "127.0.0.1"

    async def through_asyncio():
        async def echo(reader, writer):
            writer.write(await reader.readline())
            await writer.drain()
            writer.close()
        server = await asyncio.start_server(echo, "127.0.0.1", 0)
        reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
        writer.write(b"async\n")
        assert await reader.readline() == b"async\n"
        child = await asyncio.create_subprocess_exec("echo", "child", stdout=subprocess.PIPE)
        assert (await child.communicate())[0] == b"child\n"
        writer.close()
        server.close()
    asyncio.run(through_asyncio())


def databases():
    # Locks of sqlite between processes, with a rollback journal and with a write-ahead log, whose index is mapped shared.
    for mode in ("delete", "wal"):
        path = f"{mode}.db"
        with sqlite3.connect(path) as one:
            assert one.execute(f"pragma journal_mode={mode}").fetchone()[0] == mode
            one.execute("create table t (n integer primary key)")
        program = f"import sqlite3\nfor n in range(20):\n    c = sqlite3.connect({path!r}, timeout=30); c.execute('insert into t values (null)'); c.commit(); c.close()"
        writers = [subprocess.Popen([sys.executable, "-c", program]) for _ in range(3)]
        assert [writer.wait() for writer in writers] == [0, 0, 0]
        assert sqlite3.connect(path).execute("select count(*) from t").fetchone()[0] == 60
        # A second writer waits, and gives up.
        one, two = sqlite3.connect(path, isolation_level=None), sqlite3.connect(path, timeout=0.05)
        one.execute("begin immediate")
        try:
            two.execute("insert into t values (null)")
            raise AssertionError("the lock did not hold")
        except sqlite3.OperationalError as error:
            assert "locked" in str(error)


def events_and_files():
    caught = []
    signal.signal(signal.SIGUSR1, lambda *_: caught.append(1))
    signal.signal(signal.SIGALRM, lambda *_: caught.append(2))
    os.kill(os.getpid(), signal.SIGUSR1)
    signal.setitimer(signal.ITIMER_REAL, 0.01)
    while caught != [1, 2]:
        time.sleep(0.005)
    with selectors.DefaultSelector() as selector:
        assert isinstance(selector, selectors.EpollSelector)
        reading, writing = os.pipe()
        selector.register(reading, selectors.EVENT_READ)
        os.write(writing, b"x")
        assert len(selector.select(5)) == 1
    with open("locked", "w+b") as file:
        file.write(bytes(8192))
        file.flush()
        fcntl.flock(file, fcntl.LOCK_EX)
        fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        with mmap.mmap(file.fileno(), 8192) as shared:
            shared[0:4] = b"text"
        assert os.pread(file.fileno(), 4, 0) == b"text"
    with tempfile.TemporaryDirectory() as directory:
        tree = pathlib.Path(directory, "a/b")
        tree.mkdir(parents=True)
        (tree / "f").write_text("x")
        shutil.copytree(directory + "/a", directory + "/c")
        assert glob.glob(directory + "/**/f", recursive=True) and shutil.disk_usage(directory).total > 0
    assert os.cpu_count() >= 1 and os.getloadavg() and os.sysconf("SC_PAGE_SIZE") == 4096 and platform.uname().node == "sandbox"
    assert len(os.urandom(16)) == 16 and os.times().user >= 0 and ctypes.CDLL(None).getpid() == os.getpid()
    import pty
    master, slave = pty.openpty()
    os.write(slave, b"line\n")
    assert os.isatty(slave) and os.ttyname(slave).startswith("/dev/pts/") and os.read(master, 100) == b"line\r\n"
    os.close(slave)
    os.close(master)


if __name__ == "__main__":
    threads()
    processes()
    sockets()
    databases()
    events_and_files()
    print("honest")
