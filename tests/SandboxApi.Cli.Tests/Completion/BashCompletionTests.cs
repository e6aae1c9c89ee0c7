namespace SandboxApi.Cli.Tests.Completion;

/// <summary>The script for bash in a real bash, with the real program.</summary>
public sealed class BashCompletionTests
{
    [Theory(Timeout = 60_000)]
    [InlineData("exec", "sandbox", "ex")]
    [InlineData("doctor download", "sandbox", "do")]
    [InlineData("--log-format --log-level", "sandbox", "serve", "--log-")]
    [InlineData("json text", "sandbox", "serve", "--log-format", "")]
    [InlineData("json", "sandbox", "serve", "--log-format", "=", "j")]
    [InlineData("main.c main.py", "sandbox", "exec", "--file", "ma")]
    [InlineData("main.c main.py", "sandbox", "exec", "--file", "=", "ma")]
    [InlineData("sources", "sandbox", "exec", "--dir", "")]
    [InlineData("$(touch owned)", "sandbox", "validate", "$")]
    [InlineData("", "sandbox", "exec", "--waive", "$(touch owned)")]
    public async Task Bash_offers_what_begins_with_the_word(string expected, params string[] words)
    {
        using var directory = new TemporaryDirectory();
        directory.Write("main.c", "");
        directory.Write("main.py", "");
        directory.Write("sources/x", "");
        directory.Write("$(touch owned)", "");

        const string Script = """
            eval "$("$SANDBOX" completion bash)"
            complete -p sandbox >/dev/null || exit 9
            words=("$@")
            COMP_WORDS=("$SANDBOX" "${words[@]:1}"); COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
            _sandbox
            printf '%s\n' "${COMPREPLY[@]}" | sort | paste -sd ' '
            """;
        var result = await ProcessRun.RunAsync("bash", ["--norc", "-c", Script, "bash", .. words], start =>
        {
            start.WorkingDirectory = directory.Path;
            start.Environment["SANDBOX"] = ProcessRun.Sandbox;
            start.Environment["LC_ALL"] = "C";
        }, TestContext.Current.CancellationToken);

        result.ExitCode.ShouldBe(0);
        result.Output.TrimEnd().ShouldBe(expected);
        File.Exists(directory["owned"]).ShouldBeFalse();
    }

    [Theory(Timeout = 60_000)]
    [InlineData("bash", "-n")]
    [InlineData("zsh", "-n")]
    [InlineData("fish", "--no-execute")]
    public async Task Every_script_is_one_that_its_shell_can_read(string shell, string check)
    {
        var isThere = Environment.GetEnvironmentVariable("PATH")!.Split(':').Any(directory => File.Exists(Path.Combine(directory, shell)));
        Assert.SkipUnless(isThere, $"there is no {shell} here");
        using var directory = new TemporaryDirectory();
        var script = directory.Write("script", (await new Cli().RunAsync("completion", shell)).Output);

        var result = await ProcessRun.RunAsync(shell, [check, script], TestContext.Current.CancellationToken);

        result.ExitCode.ShouldBe(0);
        result.Error.ShouldBeEmpty();
    }
}
