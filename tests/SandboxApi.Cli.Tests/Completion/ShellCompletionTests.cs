namespace SandboxApi.Cli.Tests.Completion;

/// <summary>The scripts for zsh and fish in the real shells, with the real program; skipped where a shell is not installed.</summary>
public sealed class ShellCompletionTests
{
    /// <summary>A shell on a pseudo-terminal, which is asked to complete the line and prints what became of it, and of how many candidates.</summary>
    private const string Zsh = """
        zmodload zsh/zpty || exit 9
        zpty shell 'PS1= TERM=dumb zsh -f -i'
        zpty -w shell '
        autoload -Uz compinit && compinit -u -D; eval "$("$SANDBOX" completion zsh)"
        count() { candidates=$compstate[nmatches] }
        comppostfuncs=(count)
        probe() { zle complete-word; print -r -- "@""@$BUFFER@""$candidates@""@"; exit }
        zle -N probe; bindkey "^X^X" probe; print READY""'
        zpty -r shell answer '*READY*' || exit 8
        zpty -w -n shell "$1"$'\x18\x18'
        zpty -r shell answer '*@@*@@*' || exit 7
        answer=${answer#*@@}
        print -r -- "${answer%%@@*}"
        """;

    [Theory(Timeout = 60_000)]
    [InlineData("sandbox exe", "sandbox exec @1")]
    [InlineData("sandbox exec --mem", "sandbox exec --memory @1")]
    [InlineData("sandbox libraries --section ", "sandbox libraries --section @5")]
    [InlineData("sandbox libraries --section=sy", "sandbox libraries --section=system @1")]
    [InlineData("sandbox serve --log-format j", "sandbox serve --log-format json @1")]
    [InlineData("sandbox serve --config=da", "sandbox serve --config=data\\ one.json @1")]
    [InlineData("sandbox exec --dir s", "sandbox exec --dir sources/@1")]
    [InlineData("sandbox exec --env COMPLETION_TE", "sandbox exec --env COMPLETION_TEST @1")]
    [InlineData("sandbox exec --waive '$(touch owned)", "sandbox exec --waive '$(touch owned)@0")]
    public async Task Zsh_completes(string line, string expected)
    {
        using var directory = NewDirectory();
        (await RunAsync("zsh", ["-f", "-c", Zsh, "zsh", line], directory)).ShouldBe(expected);
        File.Exists(directory["owned"]).ShouldBeFalse();
    }

    [Theory(Timeout = 60_000)]
    [InlineData("sandbox exe", "exec")]
    [InlineData("sandbox exec --mem", "--memory")]
    [InlineData("sandbox libraries --section ", "bin c perl python system")]
    [InlineData("sandbox libraries --section=p", "--section=perl --section=python")]
    [InlineData("sandbox serve --log-format ", "json text")]
    [InlineData("sandbox validate da", "data one.json")]
    [InlineData("sandbox serve --config=da", "--config=data one.json")]
    [InlineData("sandbox exec --dir s", "sources/")]
    [InlineData("sandbox exec --file s", "sources/")]
    [InlineData("sandbox exec --env COMPLETION_TE", "COMPLETION_TEST")]
    [InlineData("sandbox exec --waive '$(touch owned)", "")]
    public async Task Fish_completes(string line, string expected)
    {
        using var directory = NewDirectory();
        const string Script = """
            $SANDBOX completion fish | source
            complete -C $argv[1] | string replace -r '\t.*' '' | sort | paste -sd ' '
            """;
        (await RunAsync("fish", ["--no-config", "-c", Script, line], directory)).ShouldBe(expected);
        File.Exists(directory["owned"]).ShouldBeFalse();
    }

    private static TemporaryDirectory NewDirectory()
    {
        var directory = new TemporaryDirectory();
        directory.Write("data one.json", "");
        directory.Write("sources/x", "");

        // The scripts are for a program of this name.
        File.CreateSymbolicLink(directory["bin-sandbox"], ProcessRun.Sandbox);
        Directory.CreateDirectory(directory[".bin"]);
        File.Move(directory["bin-sandbox"], directory[".bin/sandbox"]);
        return directory;
    }

    private static async Task<string> RunAsync(string shell, string[] args, TemporaryDirectory directory)
    {
        Assert.SkipUnless(Environment.GetEnvironmentVariable("PATH")!.Split(':').Any(place => File.Exists(Path.Combine(place, shell))), $"there is no {shell} here");
        var result = await ProcessRun.RunAsync(shell, args, start =>
        {
            start.WorkingDirectory = directory.Path;
            start.Environment["SANDBOX"] = ProcessRun.Sandbox;
            start.Environment["PATH"] = directory[".bin"] + ":" + start.Environment["PATH"];
            start.Environment["HOME"] = directory.Path;
            start.Environment["LC_ALL"] = "C.UTF-8";
            start.Environment["COMPLETION_TEST"] = "1";
        }, TestContext.Current.CancellationToken);

        result.ExitCode.ShouldBe(0, result.Error);
        return result.Output.TrimEnd('\n', '\r');
    }
}
