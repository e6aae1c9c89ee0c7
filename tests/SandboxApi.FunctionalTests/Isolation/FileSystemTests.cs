using SandboxApi.FunctionalTests.Fixtures;

namespace SandboxApi.FunctionalTests.Isolation;

/// <summary>What of the host a program can read or change through files.</summary>
public abstract class FileSystemTests(Subject subject) : SandboxTests(subject)
{
    [Theory(Timeout = Minute)]
    [InlineData("/")]
    [InlineData("/usr")]
    [InlineData("/usr/bin")]
    [InlineData("/etc")]
    [InlineData("/bin")]
    [InlineData("/lib")]
    [InlineData("/utils")]
    [InlineData("/dev")]
    [InlineData("/home")]
    [InlineData("/proc")]
    public async Task The_root_cannot_be_written(string directory) =>
        (await RunOneAsync($"touch {directory}/planted")).ExitCode.ShouldNotBe(0);

    [Theory(Timeout = Minute)]
    [InlineData("/bin/bash")]
    [InlineData("/usr/bin/env")]
    [InlineData("/etc/passwd")]
    [InlineData("/etc/group")]
    public async Task No_file_of_the_root_can_be_changed(string path) =>
        (await RunOneAsync($"echo x >> {path} || rm -f {path} || mv {path} /tmp/ || chmod 777 {path} || ln -f {path} /tmp/linked")).ExitCode.ShouldNotBe(0);

    [Fact(Timeout = Minute)]
    public async Task Only_home_tmp_and_shared_memory_are_writable()
    {
        var places = (await OutputOfAsync("find / \\( -path /proc -o -path /usr \\) -prune -o -type d -writable -print 2> /dev/null; true")).Split('\n');

        places.ShouldBe(["/home/student", "/tmp", "/dev/shm"], ignoreOrder: true);
    }

    [Theory(Timeout = Minute)]
    [InlineData("/etc/shadow")]
    [InlineData("/etc/gshadow")]
    [InlineData("/etc/sudoers")]
    [InlineData("/root/.bashrc")]
    [InlineData("../../../../../etc/shadow")]
    [InlineData("/proc/1/root/etc/shadow")]
    [InlineData("/proc/self/root/../../etc/shadow")]
    [InlineData("/proc/1/cwd/etc/shadow")]
    [InlineData("/proc/kcore")]
    [InlineData("/proc/kmsg")]
    [InlineData("/proc/1/environ")]
    [InlineData("/proc/1/mem")]
    [InlineData("/dev/kmsg")]
    [InlineData("/dev/mem")]
    [InlineData("/dev/sda")]
    [InlineData("/sys/kernel/notes")]
    [InlineData("/run/docker.sock")]
    public async Task Secrets_of_the_host_cannot_be_read(string path) =>
        (await RunOneAsync($"head -c 1 {path} | grep -q .")).ExitCode.ShouldNotBe(0);

    [Fact(Timeout = Minute)]
    public async Task Files_and_directories_of_the_host_are_not_seen()
    {
        using var host = new TemporaryDirectory();
        var canary = Path.Combine(host.Path, "canary");
        await File.WriteAllTextAsync(canary, "secret", Cancel);
        File.SetUnixFileMode(host.Path, Archive.Executable);

        (await RunOneAsync($"cat {canary} /proc/1/root{canary}")).ExitCode.ShouldNotBe(0);
        (await OutputOfAsync("ls -A /root /home /mnt /media /srv /opt /var/lib/docker /boot 2> /dev/null; ls -A /tmp; true")).ShouldNotContain("canary");
        (await OutputOfAsync("ls /home")).ShouldBe("student");
    }

    [Theory(Timeout = Minute)]
    [InlineData("/proc/sysrq-trigger")]
    [InlineData("/proc/sys/kernel/core_pattern")]
    [InlineData("/proc/sys/kernel/hostname")]
    [InlineData("/proc/sys/vm/drop_caches")]
    [InlineData("/proc/self/oom_score_adj -1000")]
    [InlineData("/proc/1/oom_score_adj")]
    [InlineData("/proc/self/uid_map")]
    [InlineData("/proc/irq/default_smp_affinity")]
    [InlineData("/sys/kernel/uevent_helper")]
    [InlineData("/sys/fs/cgroup/release_agent")]
    [InlineData("/sys/fs/cgroup/memory/release_agent")]
    [InlineData("/sys/fs/cgroup/memory/memory.limit_in_bytes")]
    [InlineData("/sys/fs/cgroup/memory.max max")]
    [InlineData("/sys/fs/cgroup/cgroup.procs")]
    public async Task The_kernels_switches_cannot_be_written(string target)
    {
        var parts = target.Split(' ');

        (await RunOneAsync($"echo {(parts.Length > 1 ? parts[1] : "0")} > {parts[0]}")).ExitCode.ShouldNotBe(0);
    }

    [Fact(Timeout = Minute)]
    public async Task Only_the_own_processes_are_seen()
    {
        var seen = (await OutputOfAsync("sleep 5 & until grep -qx sleep /proc/$!/comm; do :; done; ls /proc | grep -c '^[0-9]'; for p in /proc/[0-9]*; do [ -e $p ] && tr '\\0' ' ' < $p/cmdline 2> /dev/null; echo; done")).Split('\n');

        // A child of bash is bash itself at first. The init, bash, its sleep, ls and grep; a little more or less by chance of timing.
        int.Parse(seen[0]).ShouldBeInRange(3, 7);
        seen.ShouldContain(line => line.StartsWith("sleep 5", StringComparison.Ordinal));
        seen.ShouldNotContain(line => line.Contains("dotnet", StringComparison.Ordinal) || line.Contains("FunctionalTests", StringComparison.Ordinal));
    }

    [Fact(Timeout = Minute)]
    public async Task No_file_descriptor_is_inherited()
    {
        await NeedsAsync("python3");
        var runs = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => RunOneAsync("""
            python3 - <<'END'
            import os
            def open_(fd):
                try:
                    os.fstat(fd)
                    return True
                except OSError:
                    return False
            print([fd for fd in range(1024) if open_(fd)])
            END
            """)));

        runs.Select(run => run.Stdout).ShouldAllBe(fds => fds == "[0, 1, 2]");
    }
}

public sealed class LocalFileSystemTests(Sandboxes sandboxes) : FileSystemTests(sandboxes.Local);

public sealed class RemoteFileSystemTests(Sandboxes sandboxes) : FileSystemTests(sandboxes.Remote);

public sealed class RemoteSyncFileSystemTests(Sandboxes sandboxes) : FileSystemTests(sandboxes.RemoteSync);
