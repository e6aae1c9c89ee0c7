using SandboxApi.SecurityTests.Fixtures;
using SandboxApi.SecurityTests.Matrix;

namespace SandboxApi.SecurityTests.Attacks;

/// <summary>Leaving something behind that the next request would run: rc files, variables, programs, modules, aliases.</summary>
[Attack(31)]
public sealed class PoisonTests(Arena arena) : AttackTests(arena)
{
    private const string Poison = """
        echo 'echo poisoned; exit 66' | tee ~/.bashrc ~/.bash_profile ~/.bash_login ~/.profile ~/.bash_logout ~/.bash_aliases ~/.zshrc ~/.inputrc ~/.env > /dev/null
        mkdir -p ~/bin ~/.local/bin ~/.local/lib/python3.11/site-packages ~/.config/pip ~/.gdbinit.d ~/node_modules/fs
        for p in bash sh ls cat python3 id env gcc true; do printf '#!/bin/sh\necho poisoned\n' | tee ~/bin/$p ~/.local/bin/$p ~/$p /tmp/$p > /dev/null; chmod 755 ~/bin/$p ~/.local/bin/$p ~/$p /tmp/$p; done
        for d in ~ /tmp ~/.local/lib/python3*/site-packages; do echo 'print("poisoned")' | tee $d/sitecustomize.py $d/usercustomize.py $d/os.py $d/json.py > /dev/null; done
        echo 'import os; print("poisoned")' > ~/.local/lib/python3.11/site-packages/x.pth; echo 'print("poisoned")' > ~/.pythonrc
        (echo x > /etc/ld.so.preload; echo x > /etc/profile.d/x.sh; echo x > /etc/bash.bashrc; echo x > /etc/environment; echo x > /utils/libs/json.py; echo x > /etc/ld.so.conf.d/x.conf) 2> /dev/null
        export BASH_ENV=~/.bashrc ENV=~/.bashrc PATH=/tmp:$PATH LD_PRELOAD=/tmp/x.so PYTHONSTARTUP=~/.pythonrc PROMPT_COMMAND='echo poisoned' PS4='poisoned' LD_LIBRARY_PATH=/tmp PYTHONPATH=/tmp:/home/student PERL5LIB=/tmp NODE_PATH=/tmp IFS=x
        alias ls='echo poisoned'; ls() { echo poisoned; }; export -f ls; cd /tmp; umask 0; ulimit -n 20; trap 'echo poisoned' EXIT; set -x; hash -p /tmp/ls ls; enable -n echo; shopt -s expand_aliases
        (while :; do echo 'echo poisoned' > ~/.bashrc; sleep 0.1; done) > /dev/null 2>&1 &
        exit 0
        """;

    private const string Look = "echo $BASH_ENV$LD_PRELOAD$ENV$PYTHONSTARTUP$PROMPT_COMMAND; type -t ls cat id; umask; ulimit -n; pwd; echo $PATH | grep -c -e /tmp; ls -A; bash -lc 'echo login'; bash -ic 'echo interactive' 2> /dev/null; sh -c 'echo sh'; env bash -c 'id -un'; true";

    [Fact(Timeout = Long)]
    public async Task The_next_request_meets_nothing_of_it()
    {
        var clean = await RunAsync(ExecutionConfig.Of(Look));

        await RunAsync(ExecutionConfig.Of(Poison));

        var after = await RunAsync(ExecutionConfig.Of(Look));
        after.Execution[0].Stdout.ShouldBe(clean.Execution[0].Stdout);
        after.Execution[0].Stdout.ShouldNotContain("poisoned");
    }

    [Fact(Timeout = Long)]
    public async Task The_next_command_of_the_same_run_starts_with_a_fresh_shell()
    {
        // Files are the run's own and stay; variables, functions, limits, traps and the directory are of one shell and end with it.
        var result = await RunAsync(ExecutionConfig.Of(Poison, "echo $BASH_ENV$LD_PRELOAD$ENV$PYTHONSTARTUP$PROMPT_COMMAND; type -t ls cat id; umask; pwd; ulimit -n; echo $PATH | grep -c /tmp; true"));

        result.Execution[1].Stdout.ShouldBe("file\nfile\nfile\n0022\n/home/student\n1024\n0", result.Execution[1].Stderr);
    }

    [Fact(Timeout = Long)]
    public async Task The_servers_own_shell_reads_no_rc_file_of_an_archive_or_saved_environment()
    {
        var saved = await SaveAsync(Poison);

        var result = await RunAsync(ExecutionConfig.Of("echo one", "echo two") with { Environment = saved });

        result.Execution.Select(command => command.Stdout + command.Stderr).ShouldBe(["one", "two"]);
    }

    [Fact(Timeout = Long)]
    public async Task A_poisoned_environment_of_a_request_is_its_own_alone()
    {
        await RunAsync(new ExecutionConfig
        {
            Commands = ["-echo x"],
            Environ = new Dictionary<string, string> { ["BASH_ENV"] = "/home/student/x", ["LD_PRELOAD"] = "/tmp/x.so", ["BASH_FUNC_ls%%"] = "() { echo poisoned; }", ["SHELLOPTS"] = "xtrace", ["PATH"] = "/tmp", ["LD_AUDIT"] = "/tmp/x", ["GCONV_PATH"] = "/tmp", ["GLIBC_TUNABLES"] = "glibc.malloc.check=3" },
        });

        (await OutputOfAsync("env | grep -c -e poisoned -e LD_ -e SHELLOPTS -e BASH_ -e GLIBC -e GCONV; type -t ls")).ShouldBe("0\nfile");
    }
}
