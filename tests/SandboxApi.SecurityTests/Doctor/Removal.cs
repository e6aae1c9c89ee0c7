using SandboxApi.FunctionalTests.Fixtures;

namespace SandboxApi.SecurityTests.Doctor;

/// <summary>Takes something of the host away from one program: a command line to which the program's own is appended.</summary>
internal static class Removal
{
    /// <summary>Numbers of x86-64.</summary>
    private static readonly Dictionary<string, int> s_numbers = new()
    {
        ["mount"] = 165,
        ["pivot_root"] = 155,
        ["sethostname"] = 170,
        ["unshare"] = 272,
        ["epoll_create1"] = 291,
        ["seccomp"] = 317,
        ["memfd_create"] = 319,
        ["pidfd_send_signal"] = 424,
        ["open_tree"] = 428,
        ["move_mount"] = 429,
        ["fsopen"] = 430,
        ["fsmount"] = 432,
        ["clone3"] = 435,
        ["openat2"] = 437,
        ["mount_setattr"] = 442,
    };

    /// <summary>A filter that answers one system call (first argument: its number; -1: clone with a user namespace) with an error (second).</summary>
    private const string Filter = """
        import ctypes, os, struct, sys
        number, error = int(sys.argv[1]), 0x50000 | int(sys.argv[2])
        def step(code, yes, no, value): return struct.pack("HBBI", code, yes, no, value)
        load, refuse, allow = step(0x20, 0, 0, 0), step(6, 0, 0, error), step(6, 0, 0, 0x7fff0000)
        if number < 0:
            program = load + step(0x15, 0, 3, 56) + step(0x20, 0, 0, 16) + step(0x45, 0, 1, 0x10000000) + refuse + allow
        else:
            program = load + step(0x15, 0, 1, number) + refuse + allow
        text = ctypes.create_string_buffer(program)
        header = struct.pack("HxxxxxxQ", len(program) // 8, ctypes.addressof(text))
        libc = ctypes.CDLL(None, use_errno=True)
        if libc.prctl(38, 1, 0, 0, 0) or libc.prctl(22, 2, header):
            sys.exit("the filter was refused: " + os.strerror(ctypes.get_errno()))
        os.execvp(sys.argv[3], sys.argv[3:])
        """;

    /// <summary>A user namespace with the ids of this one (as an ordinary user: its own id only), in which a switch of /proc/sys (first argument) is set to 0: the host's stays.</summary>
    private const string Switched = """
        import ctypes, os, sys
        libc = ctypes.CDLL(None, use_errno=True)
        (ready, tell), (go, permit) = os.pipe(), os.pipe()
        uid, gid = os.geteuid(), os.getegid()
        child = os.fork()
        if child == 0:
            os.close(ready); os.close(permit)
            if libc.unshare(0x10000000 | 0x20000):
                sys.exit("unshare: " + os.strerror(ctypes.get_errno()))
            os.write(tell, b"1")
            os.read(go, 1)
            if sys.argv[1]:
                with open(sys.argv[1], "w") as file: file.write("0")
            os.execvp(sys.argv[2], sys.argv[2:])
        os.close(tell); os.close(go)
        if os.read(ready, 1):
            def put(name, text):
                with open(f"/proc/{child}/{name}", "w") as file: file.write(text)
            if uid != 0: put("setgroups", "deny")
            put("uid_map", "0 0 4294967295" if uid == 0 else f"{uid} {uid} 1")
            put("gid_map", "0 0 4294967295" if uid == 0 else f"{gid} {gid} 1")
            os.write(permit, b"1")
        sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
        """;

    /// <summary>A system call that answers with an error.</summary>
    public static string[] Call(string name, int error) => ["python3", "-c", Filter, $"{s_numbers[name]}", $"{error}"];

    /// <summary>clone(2) that answers with an error where a user namespace is asked for.</summary>
    public static string[] CloneOfUserNamespace(int error) => ["python3", "-c", Filter, "-1", $"{error}"];

    /// <summary>A file of /proc/sys/user that is 0 in a user namespace of its own.</summary>
    public static string[] Switch(string name) => ["python3", "-c", Switched, $"/proc/sys/user/{name}"];

    /// <summary>Root by name, in a user namespace with no other id.</summary>
    public static string[] AllIdsButRoot() => NeedsRoot("unshare", "--user", "--map-root-user");

    /// <summary>Root without a capability.</summary>
    public static string[] Capability(string name) => NeedsRoot("setpriv", $"--bounding-set=-{name}", $"--inh-caps=-{name}");

    /// <summary>The rights of root.</summary>
    public static string[] Root() => NeedsRoot("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups");

    /// <summary>What a script takes away in a mount namespace of its own.</summary>
    public static string[] Mounts(string script) => NeedsRoot("unshare", "--mount", "--propagation", "private", "bash", "-ec", script + "\nexec \"$@\"", "bash");

    /// <summary>What a script takes away in a pid namespace of its own.</summary>
    public static string[] InPidNamespace(string script) => NeedsRoot("unshare", "--pid", "--fork", "--kill-child", "--mount-proc", "bash", "-ec", script + "\n\"$@\"", "bash");

    /// <summary>What a script of the shell takes from its own process.</summary>
    public static string[] Limit(string script) => ["bash", "-ec", script + "\nexec \"$@\"", "bash"];

    private static string[] NeedsRoot(params string[] command)
    {
        Assert.SkipUnless(TestHost.IsRoot, "only root can take this away from a program");
        return command;
    }
}
