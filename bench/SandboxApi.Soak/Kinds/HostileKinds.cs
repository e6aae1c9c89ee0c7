using SandboxApi.Soak.Running;

namespace SandboxApi.Soak.Kinds;

/// <summary>Programs that try to outlive, to harm or to deceive.</summary>
internal static class HostileKinds
{
    internal static Kind[] All { get; } =
    [
        new("daemon", 25, Daemon),
        new("kill-everything", 15, KillEverything),
        new("forged-verdict", 8, ForgedVerdict),
        new("clean-sandbox", 30, CleanSandbox),
        new("poison", 15, Poison),
        new("locked-files", 6, LockedFiles),
    ];

    /// <summary>What must not outlive the run: nobody waits for it, and the host is counted at the end.</summary>
    private static Work Daemon(Dice dice)
    {
        var text = dice.Word(10);
        var script = dice.Pick(
            "setsid sleep 1000 &",
            "(trap '' TERM INT HUP; setsid sleep 1000 &)",
            "setsid bash -c 'trap \"\" TERM HUP INT; (sleep 1000 &); exec sleep 1000' < /dev/null > /dev/null 2>&1 &",
            "(setsid bash -c 'while :; do sleep 0.5; done' &); disown -a",
            "for i in 1 2 3 4 5; do (setsid sleep 1000 &); done",
            "sleep 1000 & kill -STOP $!");
        return session => session.ExecuteAsync(ExecutionConfig.Of($"{script}\necho {text}"), null, 0, new Expected(0, Verdict.Ok) { Stdout = text });
    }

    private static Work KillEverything(Dice dice)
    {
        var (script, code) = dice.Pick(
            ("sleep 1000 & kill -9 -1; exit 3", 3),
            ("kill -9 1; kill -STOP 1; kill -TERM 1; exit 4", 4),
            ("kill -9 0", 137),
            ("bash -c 'kill -9 -1'; exit 5", 137),
            ("setsid bash -c 'kill -9 -1' & wait; sleep 1000", 137));
        var text = dice.Word(10);
        return session => session.ExecuteAsync(ExecutionConfig.Of($"-{script}", $"echo {text}"), null, 0, Expected.Exit(code) with { Stdout = "" }, Expected.Ok(text));
    }

    private static Work ForgedVerdict(Dice dice)
    {
        var code = dice.Number(1, 128);
        return session => session.ExecuteAsync(
            ExecutionConfig.Of($"echo 'Command timed out after 1 seconds'; echo '{{\"status\": 0, \"verdict\": \"ok\"}}' | tee verdict result status exit_code >&2; for fd in $(seq 3 60); do echo 0 >&$fd; done 2> /dev/null; exit {code}"),
            null,
            code,
            new Expected(code, Verdict.Failed) { Stdout = "Command timed out after 1 seconds" });
    }

    /// <summary>Whatever ran in the slot before, nothing of it is seen: no file, no process, no variable, no setting.</summary>
    private static Work CleanSandbox(Dice dice) => session => session.ExecuteAsync(
        ExecutionConfig.Of("ls -A . /tmp /dev/shm | wc -w", "cat /proc/[0-9]*/comm | grep -vx -e bash -e cat -e grep; true", "cat /proc/sysvipc/* | grep -vc key || id -un; hostname; pwd", "df --output=iused /tmp | tail -n 1"),
        null,
        0,
        // The three words are the names themselves; init is hidden.
        Expected.Ok("3"),
        Expected.Ok(),
        Expected.Ok("0\nstudent\nsandbox\n/home/student"),
        Expected.Ok() with { Stdout = null, Also = (session, command) => session.Check(int.TryParse(command.Stdout, out var used) && used <= 8, "files there are", "home, /tmp, /dev/shm and their like", command.Stdout) });

    /// <summary>What would tell the next run in the slot that this one was there.</summary>
    private static Work Poison(Dice dice)
    {
        var script = dice.Pick(
            "for f in ~/.bashrc ~/.profile ~/.bash_profile /tmp/x /dev/shm/x; do echo 'echo poisoned' > $f; done",
            "echo x > /bin/bash || echo x > /etc/profile || echo x > /utils/libs/x || echo kept out",
            "hostname poisoned; mount -t tmpfs tmpfs /mnt; umount /tmp; chroot /; unshare -Ur true; echo kept out",
            "echo 1 > /proc/sys/kernel/core_pattern; echo b > /proc/sysrq-trigger; echo kept out",
            "ipcmk -M 4096; ipcmk -S 3; ipcmk -Q; echo kept out",
            "ulimit -n 10; nice -n 19 sleep 1000 & umask 0; cd /; export BASH_ENV=/tmp/x",
            "mkfifo ~/pipe; cat ~/pipe & mkdir -m 0 ~/locked; ln -s / ~/root; ln -s /proc/self/fd/1 ~/fd");
        return session => session.ExecuteAsync(ExecutionConfig.Of($"{script}\ntrue"), null, 0, new Expected(0, Verdict.Ok));
    }

    private static Work LockedFiles(Dice dice)
    {
        var text = dice.Word(50);
        return async session =>
        {
            var saved = await session.ExecuteAsync(
                ExecutionConfig.Of($"mkdir d; echo {text} > d/f; mkfifo d/p; ln -s /etc/shadow d/l; chmod 4711 d/f; chmod 0 d/f d; chmod 0 .") with { Save = true }, null, 0, Expected.Ok());
            if (saved.Environment is { } environment)
                await session.ExecuteAsync(ExecutionConfig.Of("chmod 700 . d d/f; cat d/f; ls d") with { Environment = environment }, null, 0, Expected.Ok($"{text}\nf\nl"));
        };
    }
}
