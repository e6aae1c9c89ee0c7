"""Runs the command line in cgroups such as hosts with cgroup v2 have, and prints for each check a line, "ok" or "FAILED"; "end" comes last."""

import contextlib
import json
import os
import platform
import re
import signal
import subprocess
import time
import urllib.error
import urllib.request

TREE = "/sys/fs/cgroup"
SANDBOX = "/opt/sandbox/sandbox"
VISITOR = 1000
MIB = 1 << 20
SWAP_FILE = "/swapfile"

# An emulated machine touches memory slowly: small limits, and much time.
MEMORY = 96 * MIB
SETTINGS = {"SANDBOX_MEMORY_LIMIT": str(MEMORY), "SANDBOX_STORAGE_LIMIT": "32MiB", "SANDBOX_RUN_TIMEOUT": "100s"}


def allocate(mebibytes):
    """A command that uses so much memory, and some for itself."""
    return f"python3 -c 'a=bytearray({mebibytes}<<20)'"


BOMB = allocate(160)
URL = "http://127.0.0.1:7000"
results = {"ok": 0, "FAILED": 0}


def check(name, holds, detail=""):
    word = "ok" if holds else "FAILED"
    results[word] += 1
    print(f"{word:6} {name}" + ("" if holds else f": {str(detail)[:1500]!r}"))


def read(path):
    with open(path) as file:
        return file.read().strip()


def write(path, text):
    with open(path, "w") as file:
        file.write(text)


def tree():
    return {directory for directory, _, _ in os.walk(TREE)}


class Place:
    """A cgroup to start programs in, and whose they are."""

    def __init__(self, name, cgroup=TREE, user=0):
        self.name, self.cgroup, self.user = name, cgroup, user

    def start(self, *arguments, cgroup=None, **options):
        def enter():
            write(f"{cgroup or self.cgroup}/cgroup.procs", str(os.getpid()))
            if self.user:
                os.setgroups([])
                os.setgid(self.user)
                os.setuid(self.user)

        home = "/home/visitor" if self.user else "/root"
        environment = {"PATH": os.environ["PATH"], "HOME": home, "LANG": "C.UTF-8", **SETTINGS, **options.pop("env", {})}
        options = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "stdin": subprocess.DEVNULL, **options}
        return subprocess.Popen(arguments, preexec_fn=enter, cwd=home, env=environment, text=True, start_new_session=True, **options)

    def run(self, *arguments, **options):
        try:
            process = self.start(SANDBOX, *arguments, **options)
        except (OSError, subprocess.SubprocessError) as error:
            return None, "", f"cannot be started in {self.cgroup}: {error}"
        try:
            out, err = process.communicate(timeout=240)
        except subprocess.TimeoutExpired:
            process.kill()
            out, err = process.communicate()
            err += "\n(killed after 240 s)"
        return process.returncode, out, err

    def exec(self, *arguments, **options):
        """The answer of a run as JSON, and everything that was printed for when it is not as expected."""
        code, out, err = self.run("exec", "--json", *arguments, **options)
        try:
            return json.loads(out), f"exit code {code}: {out} {err}"
        except ValueError:
            return {}, f"exit code {code}: {out} {err}"

    def check(self, name, holds, detail=""):
        check(f"{self.name}: {name}", holds, detail)


def commands(answer):
    return answer.get("execution") or [{}]


def check_verdict(place, verdict, *arguments, name=None, **options):
    answer, detail = place.exec(*arguments, **options)
    place.check(name or f"verdict {verdict}", commands(answer)[-1].get("verdict") == verdict, detail)
    return commands(answer)[-1], detail


def check_runs(place):
    """What must hold wherever the engine runs with all protections."""
    before, controllers = tree(), read(f"{place.cgroup}/cgroup.subtree_control")

    code, out, err = place.run("doctor", "--json")
    place.check("doctor is content", code == 0, [f for f in json.loads(out or "{}").get("findings", []) if f["status"] == "missing"] or err)
    answer, detail = place.exec("echo $((2+2))")
    place.check("a command runs", commands(answer)[0].get("stdout") == "4", detail)

    check_limits(place)
    check_figures(place)
    check_files(place)

    place.check("no cgroup is left", tree() == before, tree() ^ before)
    if place.cgroup != TREE:
        place.check("its cgroup is as before", read(f"{place.cgroup}/cgroup.subtree_control") == controllers, read(f"{place.cgroup}/cgroup.subtree_control"))


def check_limits(place):
    check_verdict(place, "memory", BOMB)
    command, detail = check_verdict(place, "memory", f"{BOMB}; echo survived", name="a command goes on when the kernel has killed one process")
    place.check("only the victim is killed", command.get("stdout") == "survived", detail)
    check_verdict(place, "processes", "--processes", "10", "for i in $(seq 30); do sleep 2 & done; wait")
    burn = "for i in 1 2 3 4; do python3 -c 'while True: pass' & done; wait"
    command, detail = check_verdict(place, "cpu_time", "--cpu-time", "1s", burn)
    place.check("CPU time is that of all processes", 1 <= command.get("cpu_time", 0) < 2, detail)
    code, _, err = place.run("exec", "--timeout", "1s", "sleep 30")
    place.check("a command times out", code == 124, err)
    check_verdict(place, "disk", "head -c 50M /dev/zero >f")
    config = json.dumps({"commands": [{"command": "head -c 25M /dev/zero >/tmp/f"}, {"command": "true", "limits": {"memory": 20 * MIB}}]})
    # The files of a sandbox are memory that the kernel can do nothing about: the command is refused, nothing killed.
    answer, detail = place.exec("--config", "-", stdin=text_of(config))
    last = commands(answer)[-1]
    place.check("a limit below what the sandbox holds is refused", last.get("verdict") == "memory" and "holds more than" in last.get("stderr", ""), detail)
    config = json.dumps({"commands": [{"command": "-" + allocate(40), "limits": {"memory": 20 * MIB}}, {"command": allocate(40)}]})
    answer, detail = place.exec("--config", "-", stdin=text_of(config))
    place.check("a limit of one command ends with it", [c.get("verdict") for c in commands(answer)] == ["memory", "ok"], detail)


def check_figures(place):
    answer, detail = place.exec(allocate(60), allocate(10), allocate(30))
    peaks = [(c.get("memory_peak") or 0) / MIB for c in commands(answer)]
    bounds = [(60, 90), (10, 29), (30, 59)]
    place.check("memory_peak is each command's own", len(peaks) == 3 and all(low <= peak <= high for peak, (low, high) in zip(peaks, bounds)), f"{peaks} {detail}")


def check_files(place):
    code, out, err = place.run("exec", "--save", "--quiet", "--result", "r", "echo kept >r; mkdir d; echo deep >d/f")
    place.check("a result is returned", (code, out) == (0, "kept\n"), (code, out, err))
    saved = re.search("[0-9a-f-]{36}", err)
    code, out, err = place.run("exec", "--environment", saved[0] if saved else err, "cat d/f")
    place.check("a saved environment comes back", (code, out) == (0, "deep\n"), (code, out, err))


def text_of(text):
    """A file that holds the text, to be read as standard input."""
    descriptor = os.memfd_create("stdin")
    os.write(descriptor, text.encode())
    os.lseek(descriptor, 0, os.SEEK_SET)
    return os.fdopen(descriptor)


def post(config):
    request = urllib.request.Request(f"{URL}/execute/", json.dumps(config).encode(), {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=200) as answer:
        return json.load(answer)


def serve(place, *arguments, cgroup=None):
    process = place.start(SANDBOX, "serve", *arguments, cgroup=cgroup, stdout=subprocess.DEVNULL, stderr=open("/tmp/serve.log", "w"))
    for _ in range(600):
        with contextlib.suppress(OSError), urllib.request.urlopen(f"{URL}/health/ready", timeout=5):
            return process
        if process.poll() is not None:
            break
        time.sleep(0.1)
    check(f"{place.name}: a server starts", False, read("/tmp/serve.log"))
    process.kill()
    process.wait()
    return None


def cgroup_of(process):
    return TREE + read(f"/proc/{process.pid}/cgroup").partition("::")[2].rstrip("/")


def instances(directory=TREE):
    return sorted(d for d in (os.path.join(above, name) for above, names, _ in os.walk(directory) for name in names) if "/sandbox-api-" in d and "/slot-" not in d)


def processes_of(cgroup):
    return [pid for directory, _, _ in os.walk(cgroup) for pid in read(f"{directory}/cgroup.procs").split()]


def wait_for(condition):
    for _ in range(100):
        if condition():
            return True
        time.sleep(0.1)
    return False


def check_server(place):
    """The files of the cgroups, sandboxes one after another, a program beside, and the ends: killed and told to stop."""
    before = tree()
    server = serve(place, "--pool-size", "1", "--cpu-quota", "150000", "--cpuset", "1", "--write-bps", "/dev/nvme0n1=64MiB", "--cpu-shares", "2048")
    if server is None:
        return
    found = instances()
    place.check("a server has one cgroup", len(found) == 1, found)
    slot = f"{found[0]}/slot-0"
    expected = {
        "memory.max": str(MEMORY), "memory.swap.max": "0", "memory.oom.group": "0", "pids.max": "257",
        "cpu.weight": "79", "cpu.max": "150000 100000", "cpuset.cpus": "1",
    }
    values = {name: read(f"{slot}/{name}") for name in expected}
    place.check("the limits are set", values == expected, values)
    place.check("the device limit is set", f"wbps={64 * MIB}" in read(f"{slot}/io.max"), read(f"{slot}/io.max"))
    place.check("only the controllers in use are on", set(read(f"{found[0]}/cgroup.subtree_control").split()) == {"cpu", "cpuset", "io", "memory", "pids"}, read(f"{found[0]}/cgroup.subtree_control"))

    first = post({"commands": [allocate(60)]})["execution"][0]
    second = post({"commands": [allocate(15)]})["execution"][0]
    place.check("memory_peak is none of an earlier run's", first["memory_peak"] > 60 * MIB and 15 * MIB <= second["memory_peak"] < 45 * MIB, (first, second))
    verdicts = [post({"commands": [BOMB]})["execution"][0]["verdict"], post({"commands": ["true"]})["execution"][0]["verdict"]]
    place.check("a run after one that had no memory is well", verdicts == ["memory", "ok"], verdicts)

    answer, detail = place.exec("echo beside", cgroup=cgroup_of(server))
    place.check("a program that it starts can run sandboxes too", commands(answer)[0].get("stdout") == "beside", detail)
    place.check("whose end changes nothing for the server", instances() == found and post({"commands": ["echo on"]})["execution"][0]["stdout"] == "on", instances())

    # Killed in the middle of a run.
    home = os.path.dirname(found[0])
    where = cgroup_of(server)
    hanging = place.start(SANDBOX, "exec", "--server", URL, "sleep 9", cgroup=where)
    wait_for(lambda: len(processes_of(slot)) > 1)
    server.kill()
    server.wait()
    hanging.communicate()
    place.check("its sandboxes end with a server that was killed", wait_for(lambda: not processes_of(found[0])), processes_of(found[0]))

    # The kernel lets nobody into a cgroup that gives controllers to its children, so who starts the next server starts it in the child.
    server = serve(place, cgroup=where)
    if server is None:
        return
    place.check("the next one cleans up and runs", instances() == found and len(os.listdir(found[0])) > 0 and post({"commands": ["echo 4"]})["execution"][0]["stdout"] == "4", instances())
    place.check("in the same place", (os.path.dirname(instances()[0]), cgroup_of(server)) == (home, where), (instances(), cgroup_of(server)))
    server.terminate()
    place.check("a server that is told to stop ends well", server.wait(60) == 0, server.returncode)
    place.check("and leaves no cgroup", tree() == before, tree() ^ before)
    answer, detail = place.exec("echo again")
    place.check("a program can be started there again", commands(answer)[0].get("stdout") == "again" and tree() == before, detail)


def make(cgroup, controllers="+cpu +cpuset +io +memory +pids", owner=0):
    os.makedirs(cgroup)
    above = os.path.dirname(cgroup)
    if controllers:
        write(f"{above}/cgroup.subtree_control", controllers)
    if owner:
        for path in [cgroup, *(f"{cgroup}/cgroup.{name}" for name in ("procs", "subtree_control", "threads"))]:
            os.chown(path, owner, owner)
    return cgroup


def check_refused(place, missing, *reasons):
    before = tree()
    code, out, err = place.run("exec", "true")
    place.check("refused, with what is missing and why", code == 125 and all(text in err for text in [*missing, *reasons]), (code, out, err))
    code, out, err = place.run("doctor", "--json")
    named = {f["protection"] for f in json.loads(out or "{}").get("findings", []) if f["status"] == "missing"}
    place.check("doctor names the same", code == 1 and named == set(missing), named)
    waive = [word for name in missing[:-1] for word in ("--waive", name)]
    code, out, err = place.run("exec", *waive, "true")
    place.check("refused when one is not waived", code == 125 and missing[-1] in err, (code, out, err))
    waive += ["--waive", missing[-1]]
    code, out, err = place.run("exec", *waive, "echo $((2+2)); id -u")
    place.check("runs when every one is waived", (code, out.split()[:1]) == (0, ["4"]), (code, out, err))
    check_verdict(place, "timeout", *waive, "--timeout", "1s", "sleep 9", name="a waived one still times out")
    check_verdict(place, "disk", *waive, "head -c 50M /dev/zero >f", name="and has no more storage")
    place.check("no cgroup is left", tree() == before, tree() ^ before)


def in_root():
    root = Place("root")
    check_runs(root)
    check_server(root)


def in_service():
    """Alone in a cgroup, as a service manager starts a program."""
    service = Place("service", make(f"{TREE}/system/sandbox.service"))
    check_runs(service)
    check_server(service)


def in_delegated():
    """An ordinary user, to whom the cgroup belongs: alone in it, with another process, and with some controllers only."""
    delegated = Place("delegated", make(f"{TREE}/user/visitor/run.scope", owner=VISITOR), VISITOR)
    check_runs(delegated)
    check_server(delegated)

    neighbour = delegated.start("/bin/sleep", "100000")
    check_refused(Place("delegated, not alone", delegated.cgroup, VISITOR), ["memory", "processes", "cpu", "cpu-time"], "other processes", delegated.cgroup)
    neighbour.kill()
    neighbour.wait()

    make(f"{TREE}/user/some", controllers="")
    write(f"{TREE}/user/some/cgroup.subtree_control", "+memory +pids")
    check_refused(Place("delegated without cpu", make(f"{TREE}/user/some/run.scope", controllers="", owner=VISITOR), VISITOR), ["cpu"])


def in_undelegated():
    check_refused(Place("not delegated", make(f"{TREE}/user/visitor/other.scope"), VISITOR), ["memory", "processes", "cpu", "cpu-time"])


def in_session():
    """With other processes, as at a login; a cgroup further up gives controllers."""
    session = Place("session", make(f"{TREE}/user/visitor/session.scope"))
    neighbour = session.start("/bin/sleep", "100000")
    check_runs(session)
    check_server(session)
    neighbour.kill()
    neighbour.wait()


def with_swap():
    """Memory and swap are limited both."""
    with open(SWAP_FILE, "wb") as file:
        for _ in range(256):
            file.write(bytes(MIB))
    os.chmod(SWAP_FILE, 0o600)
    subprocess.run(["mkswap", "-q", SWAP_FILE], check=True, stdout=subprocess.DEVNULL)
    subprocess.run(["swapon", SWAP_FILE], check=True)
    service = Place("swap", make(f"{TREE}/system/swap.service"))
    check_verdict(service, "memory", BOMB)
    check_verdict(service, "ok", BOMB, env={"SANDBOX_SWAP_LIMIT": "160MiB"}, name="swap that is allowed is used")
    check_refused(Place("swap, not delegated", make(f"{TREE}/user/visitor/swap.scope"), VISITOR), ["memory", "processes", "cpu", "cpu-time", "swap"])


# The root first, while it gives no controllers.
SCENARIOS = {"root": in_root, "service": in_service, "delegated": in_delegated, "undelegated": in_undelegated, "session": in_session, "swap": with_swap}


def main():
    print(f"kernel {platform.release()}")
    wanted = next((word.partition("=")[2].split(",") for word in read("/proc/cmdline").split() if word.startswith("scenarios=")), list(SCENARIOS))
    for name, scenario in SCENARIOS.items():
        if name in wanted:
            scenario()
        if name == "root":
            write(f"{TREE}/cgroup.subtree_control", "+cpu +cpuset +io +memory +pids")
            for directory in ("system", "user", "user/visitor"):
                make(f"{TREE}/{directory}")

    print(f"end    {results['ok']} ok, {results['FAILED']} failed")


main()
