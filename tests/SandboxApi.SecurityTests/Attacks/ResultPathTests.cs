using SandboxApi.SecurityTests.Fixtures;
using SandboxApi.SecurityTests.Matrix;

namespace SandboxApi.SecurityTests.Attacks;

/// <summary>The path of a result file that leads out of the working directory.</summary>
[Attack(1)]
public sealed class ResultPathTests(Arena arena) : AttackTests(arena)
{
    /// <summary>What the program does before, and the path that is asked for.</summary>
    public static TheoryData<string, string> Ways { get; } = new()
    {
        { "true", ".." },
        { "true", "." },
        { "true", "./" },
        { "true", "../" },
        { "true", "../student" },
        { "true", "../../etc/passwd" },
        { "true", "../../../../../../../../CANARY" },
        { "mkdir d", "d/../../../../../../../CANARY" },
        { "true", "/etc/passwd" },
        { "true", "/etc/shadow" },
        { "true", "//etc/shadow" },
        { "true", "CANARY" },
        { "echo x > out", "/home/student/out" },
        { "true", "/proc/self/fd/0" },
        { "true", "/proc/self/environ" },
        { "true", "/proc/1/root/etc/shadow" },
        { "true", "/dev/fd/0" },
        { "true", "~/out" },
        { "ln -s CANARY out", "out" },
        { "ln -s CANARY out", "./out" },
        { "ln -s CANARY out", "out/" },
        { "ln -s /etc/shadow out", "out" },
        { "ln -s / d", "d/etc/passwd" },
        { "ln -s NEST d", "d/canary" },
        { "ln -s NEST d; mkdir e; ln -s ../d e/f", "e/f/canary" },
        { "ln -s .. d", "d/student/../../etc/passwd" },
        { "ln -s ../../CANARY out", "out" },
        { "ln -s /home/student/../../CANARY out", "out" },
        { "ln -s /home/student/../student/../../CANARY out", "out" },
        { "ln -s /home/studentCANARY out", "out" },
        { "ln -s /home d; ln -s d/../CANARY out", "out" },
        { "ln -s CANARY a; ln -s a b; ln -s /home/student/b out", "out" },
        { "mkdir d; ln -s ../.. d/up", "d/up/etc/passwd" },
        { "ln -s /home/./student//../../etc/shadow out", "out" },
        { "ln -s $(printf 'a%.0s' {1..4000}) out", "out" },
        { "ln -s out out", "out" },
        { "ln -s b a; ln -s a b", "a" },
        { "ln -s nowhere out", "out" },
        { "ln -s /proc/self/fd/0 out", "out" },
        { "ln -s /proc/self/root r", "r/etc/passwd" },
        { "ln -s /proc/self/cwd r; echo x > out", "r/out" },
        { "ln -s /proc/1/root r", "r/etc/shadow" },
        { "ln -s /dev/stdin out", "out" },
        { "ln -s \"$(printf '/tmp/\\nCANARY')\" out; ln -s CANARY $'out\\n'", "out\n" },
        { "echo x > file", "file/" },
        { "echo x > file", "file/.." },
        { "echo x > file", "file/../file/x" },
        { "ln /bin/bash out || ln -L /proc/self/exe out || cp --link /etc/passwd out", "out" },
        { "exec python3 -c 'import os; os.link(\"/bin/bash\", \"out\")'", "out" },
        { "exec python3 -c 'import os; f = os.open(\"/bin/bash\", os.O_RDONLY); os.link(f\"/proc/self/fd/{f}\", \"out\", follow_symlinks=True)'", "out" },
        { "mkdir d && chmod 000 d && ln -s CANARY d.txt", "d/../d.txt" },
        { "echo x > out; rm out", "out" },
        { "true", "$(cat CANARY)" },
        { "true", "out; cat CANARY" },
        { "true", "`cat CANARY`|x&y>z*?[a]{b,c}'\"\\" },
        { "true", "CANARY\nout" },
        { "true", "%2e%2e/%2e%2e/etc/passwd" },
        { "true", "..\\..\\etc\\passwd" },
        { "true", "file:///etc/passwd" },
    };

    [Theory(Timeout = Long)]
    [MemberData(nameof(Ways))]
    public async Task A_path_that_leads_elsewhere_is_not_found(string plant, string path)
    {
        using var canary = await Canary.PlaceAsync();

        var result = await RunAsync(ExecutionConfig.Of("-" + canary.Aim(plant)) with { ResultPath = canary.Aim(path) });

        result.Status.ShouldBe(-3);
        result.Result.ShouldBeNull();
        result.Execution[0].Verdict.ShouldNotBe(Verdict.Error);
        await canary.ShouldBeUntouchedAsync();
    }

    [Fact(Timeout = Long)]
    public async Task What_lies_in_the_working_directory_is_found_by_the_same_paths()
    {
        foreach (var path in (string[])["out", "./out", "d/../out", "d//../out", "d/./out", "$(cat out)", "out; cat x", "..out", "out\n", "\u2028\u202e"])
        {
            var result = await RunAsync(ExecutionConfig.Of("mkdir d; for f in out d/out '$(cat out)' 'out; cat x' ..out $'out\\n' $'\\u2028\\u202e'; do echo found > \"$f\"; done") with { ResultPath = path });

            result.Result.ShouldBe("found\n", path);
        }
    }

    [Fact(Timeout = Long)]
    public async Task A_path_longer_than_the_kernel_takes_is_not_found()
    {
        foreach (var path in (string[])[new('a', 256), new('a', 5000), string.Concat(Enumerable.Repeat("a/", 3000)) + "b", string.Concat(Enumerable.Repeat("./", 2500)) + "out", string.Concat(Enumerable.Repeat("../", 1000)) + "etc/passwd"])
        {
            var result = await RunAsync(ExecutionConfig.Of("echo x > out") with { ResultPath = path });

            result.Status.ShouldBe(-3);
        }
    }

    [Fact(Timeout = Long)]
    public async Task A_path_that_is_no_path_is_refused()
    {
        foreach (var path in (string[])["", "out\0/../../etc/passwd", "\0", "\ud800"])
            await RefusedAsync(() => RunAsync(ExecutionConfig.Of("echo x > out") with { ResultPath = path }), SandboxErrorCode.InvalidConfig);
    }

    [Fact(Timeout = Long)]
    public async Task A_hard_link_to_a_program_of_the_host_cannot_be_made_by_any_call()
    {
        var result = await CAsync("""
            #define _GNU_SOURCE
            #include <errno.h>
            #include <fcntl.h>
            #include <stdio.h>
            #include <string.h>
            #include <unistd.h>
            #define TRY(call) printf("%s\n", (call) == 0 ? "made " #call : strerror(errno))
            int main(void)
            {
                char path[64];
                int file = open("/bin/bash", O_RDONLY), pinned = open("/bin/bash", O_PATH), root = open("/", O_PATH);
                TRY(link("/bin/bash", "a"));
                TRY(linkat(file, "", AT_FDCWD, "b", AT_EMPTY_PATH));
                TRY(linkat(pinned, "", AT_FDCWD, "c", AT_EMPTY_PATH));
                sprintf(path, "/proc/self/fd/%d", file);
                TRY(linkat(AT_FDCWD, path, AT_FDCWD, "d", AT_SYMLINK_FOLLOW));
                TRY(linkat(root, "bin/bash", AT_FDCWD, "e", AT_SYMLINK_FOLLOW));
                TRY(rename("/bin/bash", "f"));
                TRY(renameat2(AT_FDCWD, "/bin/bash", AT_FDCWD, "g", 0));
                return 0;
            }
            """);

        result.Stdout.ShouldNotContain("made");
        result.Stdout.Split('\n').Length.ShouldBe(7);
    }
}
