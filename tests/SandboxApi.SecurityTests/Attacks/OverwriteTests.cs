using SandboxApi.SecurityTests.Fixtures;
using SandboxApi.SecurityTests.Matrix;

namespace SandboxApi.SecurityTests.Attacks;

/// <summary>Programs that put something else in the place of what the next run, or the server, will use.</summary>
[Attack(30)]
public sealed class OverwriteTests(Arena arena) : AttackTests(arena)
{
    private const string Targets = "/bin/bash /bin/sh /usr/bin/env /usr/bin/python3 /lib/x86_64-linux-gnu/libc.so.6 /lib64/ld-linux-x86-64.so.2 /usr/bin/ls /etc/ld.so.preload /etc/ld.so.cache /etc/bash.bashrc /etc/profile /etc/passwd /etc/environment /root/.bashrc /usr/lib/python3/dist-packages/sitecustomize.py /utils/libs/x.py /utils/libs/ls /proc/1/exe /proc/self/exe /init /sbin/init";

    [Fact(Timeout = Long)]
    public async Task No_program_library_or_rc_file_can_be_written_replaced_or_removed()
    {
        using var canary = await Canary.PlaceAsync();
        var result = await RunOneAsync($$"""
            try() { "$@" 2> /dev/null && echo "done: $*"; }
            echo poisoned > /tmp/p; chmod 755 /tmp/p
            for f in {{Targets}}; do
                try cp --remove-destination /tmp/p $f; try mv -f /tmp/p $f; try ln -sf /tmp/p $f; try rm $f; try chmod 777 $f; try chown student $f; try truncate -s 0 $f; try touch $f; try dd if=/tmp/p of=$f conv=notrunc status=none
            done
            for d in / /bin /usr /usr/bin /etc /lib /usr/lib/python3/dist-packages /utils /utils/libs /root /proc /dev /run /var/tmp/.. ; do try touch $d/{{Marks.Token}}; try mkdir $d/{{Marks.Token}}.d; try ln -s x $d/{{Marks.Token}}.l; done
            try mount -o remount,rw /; try mount --bind /tmp/p /bin/bash; try mount -t tmpfs tmpfs /usr; try mount -t overlay overlay -o lowerdir=/usr,upperdir=/tmp,workdir=/home/student /usr
            exit 0
            """);

        result.Stdout.ShouldBe("");
        (await OutputOfAsync("command -v ls; python3 -c 'import sys; print(\"python\")' 2> /dev/null; cat /etc/ld.so.preload 2> /dev/null; true")).ShouldStartWith("/usr/bin/ls");
        await canary.ShouldBeUntouchedAsync();
    }

    [Fact(Timeout = Long)]
    public async Task Rc_files_and_start_up_files_of_one_run_are_not_there_in_the_next()
    {
        const string Poison = """
            for f in .bashrc .bash_profile .profile .bash_login .bash_logout .inputrc .zshrc .pythonrc .perlrc .npmrc .gitconfig .curlrc .wgetrc .vimrc .ssh/rc .pam_environment; do mkdir -p $(dirname $f); echo 'echo poisoned; touch ~/poisoned' > $f; done
            p=$(python3 -c 'import site; print(site.getusersitepackages())' 2> /dev/null); [ -z "$p" ] || { mkdir -p "$p"; echo 'print("poisoned")' | tee "$p/sitecustomize.py" "$p/usercustomize.py" > /dev/null; echo 'import sys; print("poisoned")' > "$p/x.pth"; }
            mkdir -p bin .local/bin; for c in ls cat bash sh python3 gcc; do printf '#!/bin/sh\necho poisoned\n' | tee bin/$c .local/bin/$c /tmp/$c > /dev/null; chmod 755 bin/$c .local/bin/$c /tmp/$c; done
            export PATH=~/bin:$PATH LD_PRELOAD=/tmp/x.so BASH_ENV=~/.bashrc ENV=~/.profile PYTHONSTARTUP=~/.pythonrc; hash -p ~/bin/ls ls; alias ls='echo poisoned'; ulimit -n 10; umask 0777; cd /tmp; stty -echo 2> /dev/null; true
            """;
        await RunOneAsync(Poison);

        (await OutputOfAsync("ls -A; command -v ls; umask; ulimit -n; pwd; python3 -c 'print(1)' 2> /dev/null || echo 1")).ShouldBe("/usr/bin/ls\n0022\n1024\n/home/student\n1");
    }

    [Fact(Timeout = Long)]
    public async Task Rc_files_do_not_run_between_the_commands_of_a_run_unless_it_asks_for_them()
    {
        var result = await RunAsync("for f in .bashrc .bash_profile .profile .bash_login .bash_logout; do echo 'echo poisoned; exit 9' > $f; done; echo 'echo poisoned' > /tmp/ls; chmod 755 /tmp/ls; export BASH_ENV=~/.bashrc; set -e; trap 'echo poisoned' EXIT; trap - EXIT", "echo clean");

        result.Status.ShouldBe(0);
        result.Execution[1].Stdout.ShouldBe("clean");
    }

    [Fact(Timeout = Long)]
    [Attack(54)]
    public async Task Neither_init_nor_the_running_program_can_be_written_through_proc()
    {
        // How a container once overwrote the program that entered it: CVE-2019-5736.
        var result = await CAsync("""
            #define _GNU_SOURCE
            #include <dirent.h>
            #include <errno.h>
            #include <fcntl.h>
            #include <stdio.h>
            #include <stdlib.h>
            #include <string.h>
            #include <unistd.h>
            static void try(const char *path)
            {
                static const int modes[] = { O_WRONLY, O_RDWR, O_WRONLY | O_TRUNC, O_WRONLY | O_APPEND };
                for (int i = 0; i < 4; i++) {
                    int file = open(path, modes[i]);
                    if (file >= 0) { printf("opened %s\n", path); close(file); }
                }
                if (truncate(path, 0) == 0) printf("truncated %s\n", path);
                int pinned = open(path, O_PATH);
                if (pinned >= 0) {
                    char again[64];
                    sprintf(again, "/proc/self/fd/%d", pinned);
                    int file = open(again, O_WRONLY);
                    if (file >= 0) printf("opened %s again\n", path);
                    close(pinned);
                }
            }
            int main(int argc, char **argv)
            {
                char path[300];
                setvbuf(stdout, 0, _IONBF, 0);
                try("/proc/1/exe"); try("/proc/1/mem"); try("/proc/1/fd/0"); try("/proc/1/fd/1"); try("/proc/1/fd/3"); try("/proc/1/root/bin/bash"); try("/proc/1/cwd/bin/bash");
                try("/proc/self/root/bin/bash"); try("/proc/self/root/etc/passwd"); try("/bin/bash");
                sprintf(path, "/proc/%d/exe", getppid()); try(path);
                if (argc == 1) { char *again[] = { "/proc/self/exe", "x", 0 }; execv("/proc/self/exe", again); }
                DIR *all = opendir("/proc");
                for (struct dirent *entry; (entry = readdir(all)); )
                    if (entry->d_name[0] >= '1' && entry->d_name[0] <= '9') {
                        if (atoi(entry->d_name) == getpid()) continue;
                        sprintf(path, "/proc/%s/exe", entry->d_name); try(path);
                    }
                /* Nor by handing over a link to it as the interpreter of a script. */
                int script = open("/tmp/script", O_WRONLY | O_CREAT, 0755);
                write(script, "#!/proc/1/exe\n", 14); close(script);
                char *arguments[] = { "/tmp/script", 0 };
                execv("/tmp/script", arguments);
                printf("%s\n", errno == EACCES || errno == EPERM || errno == ENOENT ? "refused" : strerror(errno));
                return 0;
            }
            """);

        result.Stdout.ShouldBe("refused");
    }
}
