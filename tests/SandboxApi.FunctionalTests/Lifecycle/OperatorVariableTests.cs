using SandboxApi.FunctionalTests.Fixtures;

namespace SandboxApi.FunctionalTests.Lifecycle;

/// <summary>What an operator sets for every run: variables, a locale, a root.</summary>
public sealed class OperatorVariableTests(Sandboxes sandboxes) : SandboxTests(sandboxes.Local)
{
    [Fact(Timeout = Minute)]
    public async Task Variables_of_the_operator_reach_every_command_and_those_of_the_run_come_over_them()
    {
        const string Value = "a,b;c = 'd' \"e\" $f\nü漢";
        await using var own = await Subject.StartAsync(options =>
        {
            options.Environ["JAVA_TOOL_OPTIONS"] = "-Dx=y,z";
            options.Environ["VALUE"] = Value;
            options.Environ["EMPTY"] = "";
            options.Environ["TERM"] = "xterm";
            options.Environ["PYTHONPATH"] = "/opt";
        });

        var plain = await RunAsync(own.Sandbox, ExecutionConfig.Of("printf '%s|%s|%s' \"$VALUE\" \"${EMPTY-unset}\" \"$JAVA_TOOL_OPTIONS\"", "echo $TERM $PYTHONPATH $HOME"));
        var over = await RunAsync(own.Sandbox, ExecutionConfig.Of("echo $VALUE $TERM $JAVA_TOOL_OPTIONS $HOME; env | grep -c ^VALUE=") with { Environ = new Dictionary<string, string> { ["VALUE"] = "mine", ["HOME"] = "/tmp" } });

        plain.Execution.Select(command => command.Stdout).ShouldBe([Value + "||-Dx=y,z", "xterm /opt /home/student"]);
        over.Execution[0].Stdout.ShouldBe("mine xterm -Dx=y,z /tmp\n1");
    }

    [Theory]
    [InlineData("", "x")]
    [InlineData("A=B", "x")]
    [InlineData("A\0", "x")]
    [InlineData("HALF", "x")]
    [InlineData("A", "x\0")]
    [InlineData("A", "HALFx")]
    [InlineData("A", null)]
    public async Task What_no_variable_can_be_is_named_at_start(string name, string? value)
    {
        var options = new LocalSandboxOptions();

        // Half of a surrogate pair, which an attribute cannot hold.
        options.Environ[name.Replace("HALF", "\ud800", StringComparison.Ordinal)] = value?.Replace("HALF", "\udc00", StringComparison.Ordinal)!;

        (await Should.ThrowAsync<ArgumentException>(() => LocalSandbox.StartAsync(options))).Message.ShouldContain("Environ");
    }

    [Fact]
    public async Task More_variables_than_fit_are_refused()
    {
        var options = new LocalSandboxOptions { Environ = { ["A"] = new string('x', 64 << 10) } };

        (await Should.ThrowAsync<ArgumentException>(() => LocalSandbox.StartAsync(options))).Message.ShouldContain("at most 65536");
    }

    [Fact(Timeout = Minute)]
    public async Task A_locale_of_the_operators_is_that_of_every_command()
    {
        await using var own = await Subject.StartAsync(options => options.Locale = "POSIX");

        (await RunAsync(own.Sandbox, ExecutionConfig.Of("echo $LANG $LC_ALL; x=ü; echo ${#x}"))).Execution[0].Stdout.ShouldBe("POSIX POSIX\n2");
    }

    [Theory]
    [InlineData("xx_XX.UTF-8")]
    [InlineData("../../etc/x")]
    [InlineData("")]
    public async Task A_locale_that_the_root_lacks_is_refused(string locale)
    {
        Assert.SkipUnless(Directory.Exists("/usr/lib/locale"), "this host keeps locales in a way of its own");

        (await Should.ThrowAsync<ArgumentException>(() => LocalSandbox.StartAsync(new LocalSandboxOptions { Locale = locale }))).Message.ShouldContain($"Locale is '{locale}'");
    }

    [Fact(Timeout = Minute)]
    public async Task A_given_root_has_a_writable_var_tmp()
    {
        // A root of links to the host's programs would do, but links lead nowhere inside: so the few files that bash needs.
        using var root = new TemporaryDirectory();
        foreach (var program in (string[])["/bin/bash", "/bin/cat", "/bin/ls", "/bin/stat"])
            await CopyWithLibrariesAsync(program, root.Path);
        Directory.CreateDirectory(Path.Combine(root.Path, "var/tmp"));
        Directory.CreateDirectory(Path.Combine(root.Path, "etc"));
        await File.WriteAllTextAsync(Path.Combine(root.Path, "var/tmp/theirs"), "", Cancel);
        await File.WriteAllTextAsync(Path.Combine(root.Path, "etc/passwd"), "root:x:0:0::/:/bin/sh\n", Cancel);
        await File.WriteAllTextAsync(Path.Combine(root.Path, "etc/group"), "root:x:0:\n", Cancel);
        await using var own = await Subject.StartAsync(options => options.RootFs = root.Path);

        var result = await RunAsync(own.Sandbox, ExecutionConfig.Of("echo a > /var/tmp/x && cat /tmp/x; ls /var/tmp; stat -c %a /var/tmp; echo b > /var/x"));

        result.Execution[0].Stdout.ShouldBe("a\nx\n1777", result.Execution[0].Stderr);
        result.Execution[0].Stderr.ShouldContain("Read-only file system");
        Directory.GetFiles(Path.Combine(root.Path, "var/tmp")).ShouldHaveSingleItem();
    }

    private static async Task CopyWithLibrariesAsync(string program, string root)
    {
        using var ldd = System.Diagnostics.Process.Start(new System.Diagnostics.ProcessStartInfo("ldd", program) { RedirectStandardOutput = true })!;
        var lines = (await ldd.StandardOutput.ReadToEndAsync(Cancel)).Split('\n');
        foreach (var file in lines.Select(line => line.Trim().Split("=> ")[^1].Split(' ')[0]).Where(path => path.StartsWith('/')).Append(program))
        {
            var copy = root + file;
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy, overwrite: true);
        }
    }
}
