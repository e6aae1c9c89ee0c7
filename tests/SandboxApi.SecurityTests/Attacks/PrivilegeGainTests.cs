using SandboxApi.SecurityTests.Fixtures;
using SandboxApi.SecurityTests.Matrix;

namespace SandboxApi.SecurityTests.Attacks;

/// <summary>Becoming somebody, gaining a capability, or having the kernel do what only root may ask for.</summary>
[Attack(27)]
public sealed class PrivilegeGainTests(Arena arena) : AttackTests(arena)
{
    [Fact(Timeout = Long)]
    public async Task No_setuid_or_capability_program_of_the_root_takes_effect()
    {
        await NeedsAsync("python3");
        var result = await RunAsync(
            // Every file of the root with setuid, setgid or a file capability, and a copy of bash that the student marks himself.
            new Command("cp /bin/bash ~/mine; chmod 6755 ~/mine; python3 -") { Stdin = """
                import os, stat
                found = ["/home/student/mine"]
                for directory, names, files in os.walk("/"):
                    names[:] = [name for name in names if os.path.join(directory, name) not in ("/proc",)]
                    for name in files:
                        path = os.path.join(directory, name)
                        try:
                            status = os.lstat(path)
                            if stat.S_ISREG(status.st_mode) and (status.st_mode & 0o6000 or status.st_mode & 0o111 and "security.capability" in os.listxattr(path)):
                                found.append(path)
                        except OSError:
                            pass
                open("/tmp/found", "w").write("\n".join(found))
                print(len(found))
                """ },
            new Command("python3 -") { Stdin = """
                import ctypes, os, signal
                # The child stops itself at its first system call in the new program, where its ids can be read: PTRACE_TRACEME stops at execve.
                libc = ctypes.CDLL(None)
                for path in open("/tmp/found").read().split("\n"):
                    pid = os.fork()
                    if pid == 0:
                        null = os.open("/dev/null", os.O_RDWR)
                        for fd in range(3):
                            os.dup2(null, fd)
                        # Traced, a setuid program would run without: so a second look is taken below, untraced.
                        libc.ptrace(0, 0, 0, 0)
                        try:
                            os.execv(path, [path, "--version"])
                        except OSError:
                            os._exit(0)
                    _, status = os.waitpid(pid, 0)
                    if os.WIFSTOPPED(status):
                        lines = [l.split() for l in open(f"/proc/{pid}/status") if l.startswith(("Uid", "Gid", "CapPrm", "CapEff"))]
                        if {x for l in lines[:2] for x in l[1:]} != {"1000"} or any(int(l[1], 16) for l in lines[2:]):
                            print(path, lines)
                        os.kill(pid, signal.SIGKILL)
                        os.waitpid(pid, 0)
                print("end")
                """ },
            "~/mine -p -c 'id -u; id -g; echo $EUID; grep -E \"^Cap(Prm|Eff)\" /proc/self/status | cut -f2 | sort -u'",
            "-findmnt -n -o OPTIONS -T /usr | tr , '\\n' | grep nosuid; for m in $(cut -d' ' -f6 /proc/self/mountinfo | sort -u); do case ,$m, in *,nosuid,*) ;; *) echo \"$m\";; esac; done");

        result.Execution[1].Stdout.ShouldBe("end", result.Execution[1].Stderr);
        result.Execution[2].Stdout.ShouldBe("1000\n1000\n1000\n0000000000000000", result.Execution[2].Stderr);
        result.Execution[3].Stdout.Replace("nosuid", "", StringComparison.Ordinal).Trim().ShouldBe("", "every mount is nosuid");
    }

    [Theory(Timeout = Long)]
    [InlineData("su", "su root -c id; su -c id; echo | su - root -c id")]
    [InlineData("sudo", "sudo -n id; pkexec id; doas id; runuser -u root id; setpriv --reuid=0 id")]
    [InlineData("newuidmap", "newuidmap $$ 0 1000 1; unshare -Ur id -u | grep -x 0")]
    [InlineData("newgrp and passwd", "echo x | newgrp root -c id; gpasswd -a student root; chsh -s /bin/sh root; passwd -d root")]
    [InlineData("capabilities", "capsh --user=root -- -c id; setcap cap_sys_admin+ep ~/x; setpriv --inh-caps +sys_admin --ambient-caps +sys_admin id")]
    [InlineData("mount programs", "mount -t proc proc /tmp; mount --bind / /tmp; fusermount3 -u /proc; umount -l /proc; pmount /dev/sda1; unshare -m id")]
    [InlineData("containers", "bwrap --dev-bind / / id; unshare -Urmpf id; chroot / id; nsenter -t 1 -a id; docker ps; systemd-run id; machinectl list | grep -q machine; busctl list | grep -q system")]
    public async Task No_program_that_gives_privileges_gives_any(string way, string commands)
    {
        var result = await RunOneAsync($"for c in {string.Join(' ', commands.Split("; ").Select(command => "'" + command.Replace("'", "'\\''", StringComparison.Ordinal) + "'"))}; do timeout 5 bash -c \"$c\" < /dev/null > /tmp/out 2> /dev/null && echo \"$c succeeded\"; grep -q -e uid=0 -e '^0$' /tmp/out && echo \"$c: root\"; done; true");

        result.Stdout.ShouldBe("", way);
    }

    [Fact(Timeout = Long)]
    public async Task Ids_capabilities_limits_and_priorities_cannot_be_raised()
    {
        var result = await PythonAsync(PythonCalls.Program("""
            import resource
            for name, number, arguments in [
                ("setuid", 105, (0,)), ("setgid", 106, (0,)), ("setresuid", 117, (0, 0, 0)), ("setresgid", 119, (0, 0, 0)), ("setreuid", 113, (0, 0)), ("setgroups", 116, (1, ctypes.create_string_buffer(4))),
                ("sethostname", 170, (b"x", 1)), ("chroot", 161, (b"/tmp",)), ("mount", 165, (b"none", b"/tmp", b"tmpfs", 0, 0)), ("umount", 166, (b"/proc", 2)), ("umount tmp", 166, (b"/tmp", 2)),
                ("pivot_root", 155, (b"/tmp", b"/tmp")), ("fsopen", 430, (b"tmpfs", 0)), ("open_tree", 428, (-100, b"/", 1)), ("move_mount", 429, (-100, b"/tmp", -100, b"/home", 0)), ("fspick", 433, (-100, b"/", 0)),
                ("mount_setattr", 442, (-100, b"/", 0x8000, ctypes.create_string_buffer(struct.pack("<QQQQ", 0, 1, 0, 0)), 32)), ("setns", 308, (os.open("/proc/self/ns/mnt", 0), 0)),
                ("unshare user", 272, (0x10000000,)), ("unshare time", 272, (0x80,)), ("unshare net", 272, (0x40000000,)), ("ioperm", 173, (0x80, 1, 1)), ("iopl", 172, (3,)), ("modify_ldt", 154, (1, ctypes.create_string_buffer(16), 16)),
                ("swapon", 167, (b"/tmp/s", 0)), ("reboot", 169, (0xFEE1DEAD, 672274793, 0x89ABCDEF, 0)), ("kexec_load", 246, (0, 0, 0, 0)), ("init_module", 175, (b"x", 1, b"")), ("finit_module", 313, (0, b"", 0)), ("delete_module", 176, (b"x", 0)),
                ("bpf", 321, (0, ctypes.create_string_buffer(128), 128)), ("perf_event_open", 298, (ctypes.create_string_buffer(128), 0, -1, -1, 0)), ("userfaultfd", 323, (1,)), ("io_uring_setup", 425, (1, ctypes.create_string_buffer(120))),
                ("open_by_handle_at", 304, (-100, ctypes.create_string_buffer(struct.pack("<IiQQ", 8, 1, 2, 0)), 0)), ("name_to_handle_at", 303, (-100, b"/", ctypes.create_string_buffer(struct.pack("<Ii", 0, 0)), ctypes.create_string_buffer(8), 0)),
                ("keyctl", 250, (0, -3, 1)), ("add_key", 248, (b"user", b"a", b"b", 1, -3)), ("request_key", 249, (b"user", b"a", 0, -3)), ("quotactl", 179, (0x800002 << 8, b"/dev/sda1", 0, ctypes.create_string_buffer(64))), ("acct", 163, (b"/tmp/a",)),
                ("settimeofday", 164, (ctypes.create_string_buffer(16), 0)), ("clock_settime", 227, (0, ctypes.create_string_buffer(16))), ("adjtimex", 159, (ctypes.create_string_buffer(struct.pack("<I204x", 1)),)), ("syslog", 103, (3, ctypes.create_string_buffer(64), 64)), ("vhangup", 153, ()),
                ("fanotify_init", 300, (0, 0)), ("mknod block", 133, (b"/tmp/sda", 0o60666, 0x800)), ("mknod char", 133, (b"/tmp/mem", 0o20666, 0x101)), ("mknod kmsg", 133, (b"/dev/shm/k", 0o20666, 0x10b)), ("nice", 141, (0, 0, -20)), ("nice init", 141, (0, 1, 19)), ("limits of init", 302, (1, 7, ctypes.create_string_buffer(16), 0)), ("idle init", 144, (1, 5, ctypes.create_string_buffer(4))),
                ("FIFO scheduling", 144, (0, 1, ctypes.create_string_buffer(struct.pack("<i", 50)))), ("RR scheduling", 144, (0, 2, ctypes.create_string_buffer(struct.pack("<i", 1)))), ("deadline", 314, (0, ctypes.create_string_buffer(struct.pack("<IIQiIQQQ", 48, 6, 0, 0, 0, 10**6, 10**7, 10**7)), 0)), ("real-time I/O", 251, (1, 0, 1 << 13)),
                ("dumpable 2", 157, (4, 2, 0, 0, 0)), ("map change", 157, (35, 8, 0x1000, 0, 0)), ("bounding set", 157, (24, 0, 0, 0, 0)), ("ambient", 157, (47, 2, 21, 0, 0)), ("securebits", 157, (28, 1, 0, 0, 0)), ("keepcaps effect", 126, (ctypes.create_string_buffer(struct.pack("<Ii", 0x20080522, 0)), ctypes.create_string_buffer(struct.pack("<III", 1 << 21, 1 << 21, 0) + bytes(12)))),
                ("mlockall", 151, (7,)), ("memory of init", 256, (1, 8, ctypes.create_string_buffer(b"\1" + bytes(7)), ctypes.create_string_buffer(b"\1" + bytes(7)))), ("kcmp", 312, (os.getpid(), 1, 0, 0, 0)), ("vm86", 154, (0,)), ("lookup_dcookie", 212, (1, 0, 0)), ("clone3", 435, (ctypes.create_string_buffer(struct.pack("<Q80x", 0x10000000)), 88)), ("clone", 56, (0x10000011, 0, 0, 0, 0)),
            ]:
                answer = call(number, *arguments)
                if isinstance(answer, int) and not (name == "mlockall" and resource.getrlimit(resource.RLIMIT_MEMLOCK)[0] == resource.RLIM_INFINITY):
                    tell(name, answer)
            for name in "CORE NOFILE NPROC MEMLOCK RTPRIO NICE MSGQUEUE SIGPENDING".split():
                number = getattr(resource, "RLIMIT_" + name, None)
                if number is None:
                    continue
                soft, hard = resource.getrlimit(number)
                if hard != resource.RLIM_INFINITY:
                    try:
                        resource.setrlimit(number, (hard + 1, hard + 1))
                    except (ValueError, OSError):
                        pass
                    if resource.getrlimit(number)[1] > hard:
                        tell("raised", name)
            tell(os.getresuid(), os.getresgid(), os.getgroups())
            """));

        result.ExitCode.ShouldBe(0, result.Stderr);
        result.Stdout.ShouldStartWith("(1000, 1000, 1000) (1000, 1000, 1000)", Case.Sensitive, result.Stderr);
    }

    [Fact(Timeout = Long)]
    [Attack(74)]
    public async Task No_module_of_the_kernel_is_loaded_for_a_program()
    {
        var before = Modules();

        // By socket family and protocol, by file system, by binary format, by line discipline, by device, by interface name, by bridge and VLAN ioctls, by crypto, by congestion control and protocol layers.
        var result = await PythonAsync(PythonCalls.Program("""
            import fcntl, socket
            for family in range(48):
                for kind, protocol in ((1, 0), (2, 0), (5, 132), (6, 33), (2, 33), (2, 115), (1, 132), (2, 136), (3, 0)):
                    answer = call(41, family, kind, protocol)
                    isinstance(answer, int) and os.close(answer)
            for name in (b"xfs", b"btrfs", b"cramfs", b"hfs", b"udf", b"nfs", b"cifs", b"9p", b"overlay", b"ceph"):
                call(165, b"none", b"/tmp", name, 0, 0), call(430, name, 0)
            for magic in (b"\x01\x02\xff\xfeX", b"\x7fELX\x01", b"MZ\x90\x00\xff", b"\xca\xfe\xba\xbe"):
                open("/tmp/x", "wb").write(magic + bytes(200))
                os.chmod("/tmp/x", 0o755)
                attempt(lambda: os.posix_spawn("/tmp/x", ["x"], {}))
            s = socket.socket()
            for number in (0x8910, 0x8913, 0x8933, 0x8946, 0x8940, 0x8941, 0x89A0, 0x89A1, 0x8982, 0x8983, 0x8990, 0x89F0, 0x8B01, 0x5423):
                attempt(lambda: fcntl.ioctl(s, number, bytearray(b"attack-module0".ljust(64, b"\0"))))
            for level, option, value in ((6, 13, b"vegas"), (6, 31, b"tls"), (6, 31, b"smc"), (0, 64, bytes(84)), (41, 64, bytes(84)), (270, 1, bytes(4))):
                attempt(lambda: s.setsockopt(level, option, value))
            tell("end")
            """));

        result.Stdout.ShouldBe("end", result.Stderr);
        Modules().ShouldBe(before);

        static string Modules() => File.Exists("/proc/modules") ? string.Join(' ', File.ReadLines("/proc/modules").Select(line => line.Split(' ')[0]).Order(StringComparer.Ordinal)) : "";
    }

    [Fact(Timeout = Long)]
    public async Task A_program_may_still_watch_itself()
    {
        // Landlock, a filter of one's own, a debugger for one's own children, a session, a subreaper: what careful programs use is not denied.
        var result = await PythonAsync(PythonCalls.Program("""
            tell("seccomp", call(317, 2, 0, ctypes.create_string_buffer(struct.pack("<I", 0x7FC00000))))
            tell("landlock", call(444, 0, 0, 1) not in ("EPERM",))
            tell("subreaper", call(157, 36, 1, 0, 0, 0), "ptracer", call(157, 0x59616D61, -1, 0, 0, 0) in (0, "EINVAL"))
            pid = os.fork()
            if pid == 0:
                call(101, 0, 0, 0, 0)
                os.kill(os.getpid(), signal.SIGSTOP)
                os._exit(7)
            os.waitpid(pid, 0)
            tell("peek", isinstance(call(101, 0x4200, pid, 0, 0x100000), int))
            call(101, 7, pid, 0, 0)
            tell("child", os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
            tell("speculation", call(157, 52, 0, 0, 0, 0) != "EPERM", "memory lock", call(149, ctypes.create_string_buffer(4096), 4096) == 0)
            """));

        result.Stdout.ShouldBe("seccomp 0\nlandlock True\nsubreaper 0 ptracer True\npeek True\nchild 7\nspeculation True memory lock True", result.Stderr);
    }
}
