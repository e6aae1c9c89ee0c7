using SandboxApi.SecurityTests.Fixtures;
using SandboxApi.SecurityTests.Matrix;

namespace SandboxApi.SecurityTests.Attacks;

/// <summary>Ways out of the root directory: by dots, by links of <c>/proc</c>, by descriptors, by mount points.</summary>
[Attack(28)]
public sealed class RootEscapeTests(Arena arena) : AttackTests(arena)
{
    /// <summary>Files and directories that are on every host and in no sandbox.</summary>
    private static readonly string[] s_hosts = ["etc/shadow", "root", "var/log", "boot", "sys/kernel", "proc/1/environ", "etc/ssh", "var/lib/sandbox-api", "home/student/../../etc/shadow"];

    [Fact(Timeout = Long)]
    public async Task No_path_leads_out()
    {
        var dots = string.Concat(Enumerable.Repeat("../", 40));
        string[] starts =
        [
            "", "/", dots, "/" + dots, "/home/student/" + dots, "/proc/self/root/", "/proc/self/root/" + dots, "/proc/self/cwd/" + dots, "/proc/1/root/", "/proc/1/cwd/", "/proc/1/fd/3/", "/proc/thread-self/root/" + dots,
            "/proc/self/fd/0/" + dots, "/dev/fd/0/../", "/proc/self/task/1/root/", "/proc/self/map_files/" + dots, "/dev/shm/" + dots, "/utils/libs/" + dots, "/usr/" + dots, "/proc/self/exe/" + dots, "/proc/self/ns/mnt/" + dots,
            "/tmp/" + dots, "/etc/ssl/certs/" + dots, "/proc/sys/" + dots, "/proc/driver/" + dots, "/proc/2/root/", "/var/tmp/" + dots,
        ];

        // A directory that a package has and that holds secrets is shown empty: links of /usr lead to some.
        var result = await RunOneAsync(new Command("while read -r p; do for f in \"$p\" \"$(realpath -m -- \"$p\")\"; do [ -e \"$f\" ] || continue; [ -d \"$f\" ] && e=$(ls -A \"$f\") && [ -z \"$e\" ] && continue; ls -dlL \"$f\" && { head -c 10 \"$f\" || ls -A \"$f\" | head -n 3; }; done; done; true")
        {
            Stdin = string.Join('\n', starts.SelectMany(start => s_hosts.Select(file => start + file))),
            Timeout = Within(10),
        });

        result.Stdout.ShouldBe("", result.Stderr);
    }

    [Fact(Timeout = Long)]
    public async Task No_descriptor_leads_out()
    {
        var result = await PythonAsync(PythonCalls.Program("""
            import socket, stat
            def inside(fd, how):
                # However far up, the parent of the root is the root.
                for _ in range(50):
                    up = os.open("..", os.O_RDONLY | os.O_DIRECTORY, dir_fd=fd)
                    if os.path.samestat(os.fstat(up), os.fstat(fd)):
                        break
                    fd = up
                if not os.path.samestat(os.fstat(fd), root):
                    tell("out:", how, os.listdir(fd)[:20])
                for name in ("etc/shadow", "root", "boot", "sys/kernel", "empty", "var/log"):
                    if not isinstance(attempt(lambda: os.stat(name, dir_fd=fd)), str):
                        tell("found:", how, name)
            root = os.stat("/")
            mounts = [line.split()[4] for line in open("/proc/self/mountinfo")]
            for path in ["/", ".", "/proc/self/root", "/proc/self/cwd", "/usr/bin", "/dev/shm", "/tmp", "/home", "/proc", "/proc/self", "/proc/self/fd", "/proc/self/ns", "/run"] + mounts:
                for flags in (os.O_RDONLY, os.O_PATH):
                    fd = attempt(lambda: os.open(path, flags | os.O_DIRECTORY))
                    if not isinstance(fd, str):
                        inside(fd, path)
                        attempt(lambda: os.fchdir(fd))
                        inside(os.open(".", os.O_RDONLY), "fchdir " + path)
            # Kept across a chroot, if there were one; in a directory that is moved away or removed; from a socket.
            os.makedirs("/tmp/a/b/c"); deep = os.open("/tmp/a/b/c", os.O_RDONLY)
            tell(call(161, b"/tmp/a"), call(155, b"/tmp/a", b"/tmp/a"))
            os.rename("/tmp/a/b", "/tmp/moved"); inside(deep, "moved")
            left, right = socket.socketpair()
            socket.send_fds(left, [b"x"], [deep]); inside(socket.recv_fds(right, 1, 1)[1][0], "socket")
            os.makedirs("/tmp/gone/x"); os.chdir("/tmp/gone/x"); os.rmdir("/tmp/gone/x"); os.rmdir("/tmp/gone")
            inside(os.open("..", os.O_RDONLY), "removed")
            tell(attempt(lambda: os.getcwd()))
            # openat2 that may leave mounts and take magic links, and file handles.
            for flags in (0, 1, 2, 4):
                for path in (b"/proc/self/root/../../..", b"../../../../../..", b"/proc/self/fd/0/.."):
                    fd = call(437, -100, path, ctypes.create_string_buffer(struct.pack("<QQQ", 0o200000, 0, flags)), 24)
                    if isinstance(fd, int):
                        inside(fd, path)
            """));

        result.ExitCode.ShouldBe(0, result.Stderr);
        result.Stdout.ShouldBe("EPERM EPERM\nENOENT", result.Stderr);
    }

    [Fact(Timeout = Long)]
    public async Task Rename_races_do_not_lift_a_directory_out()
    {
        // A process walks up while another moves the directory under it between two parents, as in the escapes from chroots and bind mounts (CVE-2015-2925).
        var result = await CAsync("""
            #define _GNU_SOURCE
            #include <fcntl.h>
            #include <signal.h>
            #include <stdio.h>
            #include <sys/stat.h>
            #include <time.h>
            #include <unistd.h>
            int main(void) {
                mkdir("/tmp/p", 0755); mkdir("/tmp/p/q", 0755); mkdir("/tmp/p/q/r", 0755); mkdir("/tmp/o", 0755);
                int mover = fork();
                if (mover == 0) for (;;) { rename("/tmp/p/q", "/tmp/o/q"); rename("/tmp/o/q", "/tmp/p/q"); }
                struct timespec start, now;
                clock_gettime(CLOCK_MONOTONIC, &start);
                int out = 0, walks = 0;
                do {
                    int fd = open("/tmp/p/q/r", O_PATH | O_DIRECTORY);
                    if (fd >= 0) {
                        char up[200] = "";
                        for (int i = 0; i < 40; i++) {
                            int next = openat(fd, "..", O_PATH | O_DIRECTORY);
                            if (next < 0) break;
                            close(fd); fd = next;
                            if (faccessat(fd, "etc/shadow", F_OK, 0) == 0 || faccessat(fd, "empty", F_OK, 0) == 0 || faccessat(fd, "shm", F_OK, 0) == 0 && faccessat(fd, "null", F_OK, 0) != 0) out++;
                        }
                        close(fd); walks++;
                    }
                    clock_gettime(CLOCK_MONOTONIC, &now);
                } while (walks < 200 && now.tv_sec - start.tv_sec < 3);
                kill(mover, SIGKILL);
                printf("%d %d\n", walks > 0, out);
            }
            """);

        result.Stdout.ShouldBe("1 0", result.Stderr);
    }

    [Fact(Timeout = Long)]
    public async Task The_storages_own_root_cannot_be_reached()
    {
        // Home, /tmp and /dev/shm are directories of one tmpfs, whose root is covered; a hard link or rename across them would join what the mounts keep apart.
        var result = await PythonAsync(PythonCalls.Program("""
            open("/home/student/f", "w").close()
            tell(attempt(lambda: os.link("/home/student/f", "/tmp/f")), attempt(lambda: os.rename("/home/student/f", "/dev/shm/f")), attempt(lambda: os.link("/bin/sh", "/tmp/sh")))
            tell(sorted(os.listdir("/home")), attempt(lambda: os.listdir("/tmp/home")), attempt(lambda: os.listdir("/tmp/../tmp/tmp")))
            tell(os.stat("/home/student").st_dev == os.stat("/tmp").st_dev, os.stat("/home").st_dev == os.stat("/").st_dev)
            """));

        result.Stdout.ShouldBe("EXDEV EXDEV EXDEV\n['student'] ENOENT ENOENT\nTrue True", result.Stderr);
    }
}
