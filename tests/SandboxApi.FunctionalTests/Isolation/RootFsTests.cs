using System.Diagnostics;
using SandboxApi.FunctionalTests.Fixtures;

namespace SandboxApi.FunctionalTests.Isolation;

/// <summary>A directory as the root: images as <c>docker export</c> and others leave them, made by hand of a few programs of this host.</summary>
public sealed class RootFsTests : SandboxTests, IDisposable
{
    private readonly TemporaryDirectory _image = new();

    public RootFsTests(Sandboxes sandboxes)
        : base(sandboxes.Local)
    {
        // The student must be able to enter it.
        File.SetUnixFileMode(_image.Path, Archive.Executable);
    }

    public void Dispose() => _image.Dispose();

    [Fact(Timeout = Minute)]
    public async Task The_student_is_first_whatever_accounts_the_image_has()
    {
        await MakeAsync();
        Write("etc/passwd", "root:x:0:0:root:/root:/bin/bash\nnode:x:1000:1000::/home/node:/bin/bash\nstudent:x:5:5:::\nnobody:x:65534:65534::/:/bin/false\n");
        Write("etc/group", "root:x:0:\nnode:x:1000:\nstudent:x:5:\n");

        (await InsideAsync("id -un; id -gn; id -u student; getent passwd 1000; getent group 1000; echo $HOME ~; getent passwd root node nobody | cut -d: -f1,3,6"))
            .ShouldBe("student\nstudent\n1000\nstudent:x:1000:1000:student:/home/student:/bin/bash\nstudent:x:1000:\n/home/student /home/student\nroot:0:/root\nnode:1000:/home/node\nnobody:65534:/");
    }

    [Fact(Timeout = Minute)]
    public async Task Empty_files_as_an_export_leaves_them_do_not_break_names()
    {
        await MakeAsync();
        foreach (var name in (string[])["hosts", "hostname", "resolv.conf", "nsswitch.conf", "passwd", "group"])
            Write("etc/" + name, "");

        (await InsideAsync("getent hosts localhost sandbox | tr -s ' '; cat /etc/hostname; id -un; getent passwd root nobody | cut -d: -f1; test -e /etc/resolv.conf || echo none; test -e /etc/mtab && echo mounts"))
            .ShouldBe("::1 localhost sandbox\n::1 localhost sandbox\nsandbox\nstudent\nroot\nnobody\nnone\nmounts");
    }

    [Fact(Timeout = Minute)]
    public async Task An_image_without_etc_has_what_a_sandbox_needs()
    {
        await MakeAsync();

        (await InsideAsync("id -un; cat /etc/hostname; getent hosts localhost > /dev/null && echo found; ls /etc")).ShouldBe("student\nsandbox\nfound\ngroup\nhostname\nhosts\nmtab\nnsswitch.conf\npasswd");
    }

    [Fact(Timeout = Minute)]
    public async Task Its_own_etc_and_utils_are_seen_and_it_is_not_changed()
    {
        await MakeAsync();
        Write("etc/tool/tool.conf", "of the image");
        Write("etc/secret", "not for all", mode: 0x180);
        Link("etc/link", "tool/tool.conf");
        Write("utils/tool", "of the image");
        Write("utils/more/tool", "of the image too");
        var before = Listing();

        (await InsideAsync("cat /etc/tool/tool.conf /etc/link; echo; cat /utils/tool /utils/more/tool; echo; ls /utils; ls -d /utils/libs; cat /etc/secret 2> /dev/null || echo refused; touch /etc/x /utils/x /bin/x 2> /dev/null || echo read-only"))
            .ShouldBe("of the imageof the image\nof the imageof the image too\nlibs\nmore\ntool\n/utils/libs\nrefused\nread-only");
        Listing().ShouldBe(before);
    }

    [Fact(Timeout = Minute)]
    public async Task Links_of_an_image_do_not_lead_out_of_it()
    {
        using var host = new TemporaryDirectory();
        File.SetUnixFileMode(host.Path, Archive.Executable);
        await File.WriteAllTextAsync(Path.Combine(host.Path, "canary"), "canary:x:1000:1000:::\n", Cancel);
        await MakeAsync();
        foreach (var name in (string[])["passwd", "group", "hosts", "hostname", "nsswitch.conf", "resolv.conf", "canary"])
            Link("etc/" + name, Path.Combine(host.Path, "canary"));
        Link("etc/directory", host.Path);
        Link("utils/tool", Path.Combine(host.Path, "canary"));
        Link("opt", host.Path);

        (await InsideAsync("id -un; cat /etc/* /etc/directory/* /utils/* /opt/* 2> /dev/null | grep canary; getent hosts localhost > /dev/null && echo found")).ShouldBe("student\nfound");

        // Nor where the whole directory is one.
        Directory.Delete(At("etc"), recursive: true);
        Link("etc", host.Path);
        (await InsideAsync("id -un; cat /etc/* 2> /dev/null | grep canary; ls /etc | grep canary; echo")).ShouldBe("student");
        (await File.ReadAllTextAsync(Path.Combine(host.Path, "canary"), Cancel)).ShouldStartWith("canary");
    }

    [Fact(Timeout = Minute)]
    public async Task Links_within_an_image_are_taken_as_they_are_inside()
    {
        await MakeAsync();
        Write("usr/etc/passwd", "root:x:0:0:root:/root:/bin/bash\nimage:x:7:7:::\n");
        Link("etc", "/usr/etc");
        Directory.Move(At("bin"), At("usr/bin"));
        Link("bin", "/usr/bin");

        (await InsideAsync("id -un; getent passwd image")).ShouldBe("student\nimage:x:7:7:::");
    }

    [Fact(Timeout = Minute)]
    public async Task An_image_in_which_no_command_could_run_is_refused_with_what_is_missing()
    {
        (await RefusalAsync(At("nowhere"))).ShouldContain("there is no such directory");
        (await RefusalAsync()).ShouldContain("neither bin/bash");

        // busybox and Alpine.
        Write("bin/sh", "\x7f" + "ELF", mode: 0x1ED);
        (await RefusalAsync()).ShouldContain("only bin/sh: install bash in the image (apk add bash");
        Write("usr/local/bin/bash", "#!", mode: 0x1ED);
        (await RefusalAsync()).ShouldContain("usr/local/bin/bash: link bin/bash to it");

        await MakeAsync();
        File.SetUnixFileMode(At("bin/bash"), (UnixFileMode)0x1E0);
        (await RefusalAsync()).ShouldContain("not everybody may run its bin/bash");
        File.SetUnixFileMode(At("bin/bash"), Archive.Executable);

        Directory.Move(At("lib64"), At("gone"));
        (await RefusalAsync()).ShouldContain("needs /lib64/ld-linux-x86-64.so.2, which is not there");
        Directory.Move(At("gone"), At("lib64"));

        await using (var program = File.OpenWrite(At("bin/bash")))
        {
            program.Position = 18;
            program.WriteByte(183);
        }

        (await RefusalAsync()).ShouldContain("ARM (aarch64)");
    }

    [Fact(Timeout = Minute)]
    public async Task With_a_root_of_its_own_a_sandbox_sees_the_same_whatever_the_path_holds()
    {
        await MakeAsync();
        Write("etc/tool.conf", "of the image");
        const string Look = "ls / /bin /etc; cat /etc/tool.conf; grep -c . /bin/bash > /dev/null && echo read; touch /bin/new 2> /dev/null || echo read-only; id -un";
        var shared = await InsideAsync(Look);
        shared.ShouldContain("read-only");
        var odd = Directory.CreateDirectory(At(@"a:b,c\d e"));
        foreach (var entry in new DirectoryInfo(_image.Path).GetDirectories().Where(entry => entry.Name != odd.Name))
            entry.MoveTo(Path.Combine(odd.FullName, entry.Name));

        await using var sandbox = await Subject.StartAsync(options => (options.RootFs, options.SeparateRoots) = (odd.FullName, true));
        (await RunAsync(sandbox.Sandbox, ExecutionConfig.Of("-" + Look))).Execution[0].Stdout.ShouldBe(shared);
    }

    private async Task<string> InsideAsync(string command)
    {
        await using var sandbox = await Subject.StartAsync(options => options.RootFs = _image.Path);
        var result = (await RunAsync(sandbox.Sandbox, ExecutionConfig.Of("-" + command))).Execution.ShouldHaveSingleItem();
        result.Verdict.ShouldBeOneOf(Verdict.Ok, Verdict.Failed);
        return result.Stdout;
    }

    private async Task<string> RefusalAsync(string? image = null) =>
        (await Should.ThrowAsync<ArgumentException>(() => Subject.StartAsync(options => options.RootFs = image ?? _image.Path))).Message;

    /// <summary>Copies a few programs of this host and what they need.</summary>
    private async Task MakeAsync()
    {
        const string Copy = """
            set -e
            mkdir -p "$1/bin"
            for p in bash cat cut getent grep id ls touch tr; do cp -L "$(command -v $p)" "$1/bin/"; ldd "$(command -v $p)"; done | grep -o '/[^ ]*' | sort -u | while read -r l; do mkdir -p "$1$(dirname "$l")"; cp -L "$l" "$1$l"; done
            """;
        using var copy = Process.Start(new ProcessStartInfo("bash", ["-c", Copy, "bash", _image.Path]) { RedirectStandardError = true })!;
        var error = await copy.StandardError.ReadToEndAsync(Cancel);
        await copy.WaitForExitAsync(Cancel);
        Assert.SkipWhen(copy.ExitCode != 0, "no image can be made of this host's programs: " + error);
    }

    private string At(string path) => Path.Combine(_image.Path, path);

    private void Write(string path, string content, int mode = 0x1A4 /* 0644 */)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(At(path))!);
        File.WriteAllText(At(path), content);
        File.SetUnixFileMode(At(path), (UnixFileMode)mode);
    }

    private void Link(string path, string target)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(At(path))!);
        File.CreateSymbolicLink(At(path), target);
    }

    private string[] Listing() =>
        [.. Directory.GetFileSystemEntries(_image.Path, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal).Select(path => $"{path} {File.GetUnixFileMode(path)} {File.GetLastWriteTimeUtc(path):O}")];
}
