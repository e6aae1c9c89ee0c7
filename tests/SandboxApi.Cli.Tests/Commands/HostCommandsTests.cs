using System.Text.Json;
using SandboxApi.Cli.Reports;

namespace SandboxApi.Cli.Tests.Commands;

public sealed class HostCommandsTests
{
    private const string Id = "872b604c-9cce-42e2-8888-9a0311f3a724";

    [Theory]
    [InlineData(5, "5\n", 0)]
    [InlineData(0, "0\n", 1)]
    public async Task Check_prints_the_size_and_fails_when_there_is_none(long size, string output, int exitCode)
    {
        var cli = new Cli { Sandbox = { Size = size } };

        var result = await cli.RunAsync("check", Id);
        result.ExitCode.ShouldBe(exitCode);
        result.Output.ShouldBe(output);

        (await cli.RunAsync("check", Id, "a/b", "--json")).Json.GetProperty("size").GetInt64().ShouldBe(size);
    }

    [Fact]
    public async Task Specs_are_a_table_or_a_document()
    {
        var table = (await new Cli().RunAsync("specs")).Output;
        foreach (var fact in new[] { "2 cores, 4 logical", "8 GiB", "network, seccomp", "waived", "50 % of one", "256 MiB", "no limit", "10 s" })
            table.ShouldContain(fact);
        table.ShouldNotContain("\e");

        (await new Cli().RunAsync("specs", "--json")).Json.GetProperty("container").GetProperty("count").GetInt32().ShouldBe(20);
    }

    [Fact]
    public async Task Usage_is_a_table_or_a_document()
    {
        var table = (await new Cli().RunAsync("usage")).Output;
        foreach (var fact in new[] { "7", "25.0 %", "0.50, 0.40, 0.30", "1 GiB", "123", "2 KiB/s in 3 packets/s" })
            table.ShouldContain(fact);

        (await new Cli().RunAsync("usage", "--json")).Json.GetProperty("container").GetInt32().ShouldBe(7);
    }

    [Fact(Timeout = 30_000)]
    public async Task Usage_of_this_process_has_rates_which_need_two_looks()
    {
        var cli = new Cli { IsLive = true };
        cli.Sandbox.Usages.Enqueue(Results.Usage with { Cpu = Results.Usage.Cpu with { Usage = 0 } });
        (await cli.RunAsync("usage")).Output.ShouldContain("25.0 %");

        var remote = new Cli();
        remote.Sandbox.Usages.Enqueue(Results.Usage with { Cpu = Results.Usage.Cpu with { Usage = 0 } });
        (await remote.RunAsync("usage")).Output.ShouldContain("0.0 %", Case.Sensitive, "a server has looked twice already");
    }

    [Fact(Timeout = 30_000)]
    public async Task Usage_is_watched_until_it_is_cancelled()
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        var output = new CountingStream(count =>
        {
            if (count >= 3)
                stop.Cancel();
        });

        (await new Cli { Output = output }.RunAsync(stop.Token, "usage", "--watch", "10ms")).ExitCode.ShouldBe(130);
    }

    [Fact]
    public async Task Watching_as_json_is_refused()
    {
        var result = await new Cli().RunAsync("usage", "--watch", "--json");

        result.ExitCode.ShouldBe(2);
        result.ErrorLine.ShouldContain("--watch and --json exclude each other");
    }

    [Fact]
    public async Task Libraries_are_a_line_each_or_a_document()
    {
        var cli = new Cli();
        cli.Sandbox.Libraries = cli.Sandbox.Libraries with
        {
            Packages = cli.Sandbox.Libraries.Packages with { System = new Dictionary<string, string> { ["bash"] = "5.2" }, Python = new Dictionary<string, string> { ["pip"] = "23" } },
            Bin = ["bash", "awk"],
        };

        (await cli.RunAsync("libraries")).Output.ShouldBe("system\tbash\t5.2\npython\tpip\t23\nbin\tawk\nbin\tbash\n");
        (await cli.RunAsync("libraries", "--section", "python")).Output.ShouldBe("python\tpip\t23\n");
        (await cli.RunAsync("libraries", "--section", "bin", "--json")).Json.GetProperty("bin").GetArrayLength().ShouldBe(2);
        (await cli.RunAsync("libraries", "--section", "ruby")).ExitCode.ShouldBe(2);
    }

    [Fact]
    public async Task Doctor_shows_each_finding_and_its_fix()
    {
        var cli = new Cli { Findings = [new("user namespaces", "ok", "allowed", null, "user-namespace"), new("memory cgroup", "missing", "no controller", "mount -t cgroup2 none /sys/fs/cgroup", "memory"), new("git", "warning", "not found", "apt-get install git", null)] };

        var result = await cli.RunAsync("doctor");

        result.ExitCode.ShouldBe(1);
        foreach (var part in new[] { "✓ ok", "✗ missing", "! warning", "fix: mount -t cgroup2 none /sys/fs/cgroup", "--waive memory", "fix: apt-get install git", "cannot run sandboxes" })
            result.Output.ShouldContain(part);
        result.Output.ShouldNotContain("\e");
    }

    [Fact]
    public async Task Doctor_is_content_when_nothing_essential_is_missing()
    {
        var cli = new Cli { Findings = [new("git", "warning", "not found", "apt-get install git", null)] };

        (await cli.RunAsync("doctor")).ExitCode.ShouldBe(0);
        var document = (await cli.RunAsync("doctor", "--json")).Json;
        document.GetProperty("ok").GetBoolean().ShouldBeTrue();
        document.GetProperty("findings")[0].GetProperty("fix").GetString().ShouldBe("apt-get install git");
    }

    [Fact]
    public async Task Colours_come_on_a_terminal_only_and_not_against_NO_COLOR()
    {
        IReadOnlyList<FindingReport> findings = [new("git", "ok", "there", null, null)];

        (await new Cli { OutputIsTerminal = true, Findings = findings }.RunAsync("doctor")).Output.ShouldContain("\e[");
        (await new Cli { OutputIsTerminal = true, Findings = findings, Variables = { ["NO_COLOR"] = "1" } }.RunAsync("doctor")).Output.ShouldNotContain("\e[3");
        (await new Cli { Findings = findings }.RunAsync("doctor")).Output.ShouldNotContain("\e");
    }

    [Fact]
    public async Task Validate_prints_everything_wrong_with_a_config()
    {
        var cli = new Cli { Input = """{"commands": [{"command": "a", "timeout": -1}, 5], "environ": {"": "x"}, "save": 1}"""u8.ToArray() };

        var result = await cli.RunAsync("validate", "-");

        result.ExitCode.ShouldBe(1);
        foreach (var field in new[] { "commands[0].timeout: ", "commands[1]: ", "environ: ", "save: " })
            result.Output.ShouldContain(field);
        result.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length.ShouldBe(4);

        var document = (await cli.RunAsync("validate", "-", "--json")).Json;
        document.GetProperty("valid").GetBoolean().ShouldBeFalse();
        document.GetProperty("violations")[0].GetProperty("field").GetString().ShouldBe("commands[0].timeout");
    }

    [Theory]
    [InlineData("""{"commands": ["a"]}""", 0, "valid\n")]
    [InlineData("[]", 1, "config: must be a JSON object, not a list\n")]
    [InlineData("{", 1, null)]
    [InlineData("""{"commands": ["a"], "environment": "x"}""", 1, null)]
    public async Task Validate_ends_with_0_only_for_a_config_that_can_run(string config, int exitCode, string? output)
    {
        using var directory = new TemporaryDirectory();

        var result = await new Cli().RunAsync("validate", directory.Write("config.json", config));

        result.ExitCode.ShouldBe(exitCode);
        if (output is not null)
            result.Output.ShouldBe(output);
    }

    [Fact]
    public async Task Version_is_one_line_or_a_document()
    {
        (await new Cli().RunAsync("version")).Output.ShouldMatch(@"^sandbox \d+\.\d+\.\d+\n$");
        (await new Cli().RunAsync("version", "--json")).Json.GetProperty("version").ValueKind.ShouldBe(JsonValueKind.String);
    }

    [Fact]
    public async Task Serve_gets_its_arguments_unread()
    {
        var cli = new Cli();

        await cli.RunAsync("serve", "--pool-size", "4", "--json");

        cli.ServeArguments.ShouldBe(["--pool-size", "4", "--json"]);
    }

    [Theory]
    [InlineData("'bogus' is no command: 'sandbox help' lists them", "bogus")]
    [InlineData("'exce' is no command: did you mean exec?", "exce", "true")]
    [InlineData("'SERVE' is no command: did you mean serve?", "SERVE")]
    [InlineData("'exce' is no command: did you mean exec?", "help", "exce")]
    [InlineData("'--json' is no option of 'sandbox' itself", "--json", "specs")]
    [InlineData("'sandbox check' needs ID: see 'sandbox check --help'", "check")]
    [InlineData("'not-an-id' is no environment id: give a UUID", "check", "not-an-id")]
    [InlineData("'--bogus' is no option of specs: see 'sandbox specs --help'", "specs", "--bogus")]
    [InlineData("'--sever' is no option of specs: did you mean --server?", "specs", "--sever", "x")]
    [InlineData("'--ouput' is no option of download: did you mean --output?", "download", "872b604c-9cce-42e2-8888-9a0311f3a724", "--ouput", "x")]
    [InlineData("'--jsn' is no option of validate: did you mean --json?", "validate", "--jsn")]
    [InlineData("--section 'pyhton' is none of system, python, perl, c, bin: did you mean python?", "libraries", "--section", "pyhton")]
    [InlineData("'csh' is none of bash, zsh, fish: did you mean zsh?", "completion", "csh")]
    [InlineData("'tcsh2' is none of bash, zsh, fish: give one of them", "completion", "tcsh2")]
    [InlineData("the server 'localhost:7000' is no address: give a URL such as http://localhost:7000", "specs", "--server", "localhost:7000")]
    [InlineData("the server 'ftp://x' is no address: give a URL such as http://127.0.0.1:7000", "specs", "--server", "ftp://x")]
    [InlineData("the server's URL holds a user name or password, which no sandbox server asks for: pass its key with --api-key", "specs", "--server", "http://u:p@x")]
    [InlineData("the server 'http://x/a?b' has a query or a fragment: give only its base, http://x/a", "specs", "--server", "http://x/a?b")]
    [InlineData("the key in --api-key cannot be one: a key is visible ASCII characters without spaces", "specs", "--server", "http://x", "--api-key", "two words")]
    [InlineData("'extra' is one argument too many for 'sandbox specs'", "specs", "extra")]
    [InlineData("--server has no value: give URL behind it", "specs", "--server")]
    [InlineData("--server is given twice: give it once", "specs", "--server", "http://a", "--server", "http://b")]
    public async Task Wrong_arguments_end_with_2_and_one_line(string expected, params string[] args)
    {
        var result = await new Cli().RunAsync(args);

        result.ExitCode.ShouldBe(2);
        if (!args.Contains("--json"))
            result.Output.ShouldBeEmpty();
        result.ErrorLine.ShouldContain(expected);
    }

    [Fact]
    public async Task A_word_that_is_quoted_back_cannot_command_the_terminal()
    {
        var result = await new Cli { ErrorIsTerminal = true }.RunAsync("ex\e]0;pwned\a\u202Eec");

        result.Error.ShouldNotContain("\e");
        result.Error.ShouldNotContain("\a");
        result.Error.ShouldNotContain("\u202E");
    }

    [Theory]
    [InlineData]
    [InlineData("--help")]
    [InlineData("-h")]
    [InlineData("help")]
    [InlineData("help", "help")]
    [InlineData("help", "--help")]
    [InlineData("help", "-h")]
    [InlineData("exec", "--help")]
    [InlineData("help", "exec")]
    [InlineData("serve", "--help")]
    [InlineData("help", "serve")]
    [InlineData("serve", "--pool-size", "4", "-h")]
    public async Task Help_goes_to_standard_output(params string[] args)
    {
        var result = await new Cli().RunAsync(args);

        result.ExitCode.ShouldBe(0);
        result.Output.ShouldContain("Usage:");
        result.Error.ShouldBeEmpty();
    }

    [Theory]
    [InlineData(40)]
    [InlineData(60)]
    [InlineData(80)]
    [InlineData(120)]
    public async Task A_page_of_help_is_no_wider_than_the_terminal(int columns)
    {
        foreach (var command in new[] { "help", "exec", "serve", "doctor", "specs", "usage", "libraries", "download", "check", "environments", "delete", "validate", "completion", "version" })
        {
            var result = await new Cli { OutputIsTerminal = true, Columns = columns }.RunAsync(command, "--help");

            foreach (var line in result.Output.Split('\n'))
                (line.TrimEnd().Length <= columns || line.Trim().Contains(' ') == false).ShouldBeTrue($"{command} at {columns}: {line}");
        }
    }

    private sealed class CountingStream(Action<int> onWrite) : MemoryStream
    {
        private int _tables;

        public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

        public override void Write(ReadOnlySpan<byte> buffer)
        {
            if (System.Text.Encoding.UTF8.GetString(buffer).Contains("in use", StringComparison.Ordinal))
                onWrite(++_tables);
        }
    }
}
