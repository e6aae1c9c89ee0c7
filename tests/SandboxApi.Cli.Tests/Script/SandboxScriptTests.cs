using System.Runtime.Versioning;

namespace SandboxApi.Cli.Tests.Script;

/// <summary>The script <c>./sandbox</c> in a tree of its own, with a dotnet that only pretends to build.</summary>
[SupportedOSPlatform("linux")]
public sealed class SandboxScriptTests : IDisposable
{
    private const UnixFileMode Executable = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    private readonly TemporaryDirectory _directory = new();

    public SandboxScriptTests()
    {
        foreach (var file in new[] { "tree/Directory.Build.props", "tree/Directory.Packages.props", "tree/global.json", "tree/eng/install-linker.sh", "tree/src/SandboxApi.Cli/Program.cs" })
            File.SetLastWriteTimeUtc(_directory.Write(file, "x"), DateTime.UnixEpoch);
        WriteLinkerInstaller("exit 0");
        File.Copy(Path.Combine(ProcessRun.Repository, "sandbox"), Script);
        foreach (var directory in new[] { "tree/eng", "tree/src", "tree/src/SandboxApi.Cli" })
            Directory.SetLastWriteTimeUtc(_directory[directory], DateTime.UnixEpoch);

        // Writes a line for each build, then a program that prints its arguments.
        WriteDotnet("""
            #!/bin/sh
            echo build >>"$BUILDS"
            while [ "$1" != -o ]; do shift; done
            sleep 0.2
            printf '#!/bin/sh\necho "ran:$*"\nexit 7\n' >"$2/sandbox"
            chmod +x "$2/sandbox"
            echo "chatter of the build"
            """);
    }

    private string Script => _directory["tree/sandbox"];

    private int Builds => File.Exists(_directory["builds"]) ? File.ReadAllLines(_directory["builds"]).Length : 0;

    public void Dispose() => _directory.Dispose();

    [Fact(Timeout = 60_000)]
    public async Task The_first_call_builds_and_the_second_does_not()
    {
        var first = await RunAsync(Script, ["exec", "a b"], TestContext.Current.CancellationToken);
        first.ExitCode.ShouldBe(7);
        first.Output.ShouldBe("ran:exec a b\n");
        first.Error.ShouldStartWith("sandbox: building");
        first.Error.ShouldNotContain("chatter");

        var second = await RunAsync(Script, ["exec", "a b"], TestContext.Current.CancellationToken);
        second.Output.ShouldBe("ran:exec a b\n");
        second.Error.ShouldBeEmpty();
        Builds.ShouldBe(1);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_changed_or_a_new_source_is_built()
    {
        await RunAsync(Script, [], TestContext.Current.CancellationToken);
        File.SetLastWriteTimeUtc(_directory["tree/src/SandboxApi.Cli/Program.cs"], DateTime.UtcNow.AddSeconds(1));
        await RunAsync(Script, [], TestContext.Current.CancellationToken);
        Builds.ShouldBe(2);

        File.SetLastWriteTimeUtc(_directory["tree/src/SandboxApi.Cli/Program.cs"], DateTime.UnixEpoch);
        _directory.Write("tree/src/SandboxApi.Cli/New.cs", "x");
        await RunAsync(Script, [], TestContext.Current.CancellationToken);
        Builds.ShouldBe(3);
    }

    [Fact(Timeout = 60_000)]
    public async Task It_works_through_links_and_from_anywhere()
    {
        Directory.CreateDirectory(_directory["bin"]);
        File.CreateSymbolicLink(_directory["tree/relative"], "sandbox");
        File.CreateSymbolicLink(_directory["bin/sandbox"], "../tree/relative");

        var result = await RunAsync(_directory["bin/sandbox"], ["x"], TestContext.Current.CancellationToken);

        result.Output.ShouldBe("ran:x\n");
        Directory.Exists(_directory["tree/artifacts/sandbox"]).ShouldBeTrue();
    }

    [Fact(Timeout = 60_000)]
    public async Task Of_several_first_calls_one_builds()
    {
        var results = await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => RunAsync(Script, ["x"], TestContext.Current.CancellationToken)));

        results.ShouldAllBe(result => result.Output == "ran:x\n");
        Builds.ShouldBe(1);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_failed_build_is_shown_and_tried_again()
    {
        WriteDotnet("#!/bin/sh\necho build >>\"$BUILDS\"\necho 'error CS0001: broken'\nexit 1\n");

        var result = await RunAsync(Script, ["x"], TestContext.Current.CancellationToken);

        result.ExitCode.ShouldBe(125);
        result.Output.ShouldBeEmpty();
        result.Error.ShouldContain("error CS0001: broken");
        result.Error.ShouldEndWith($"sandbox: the build failed: the messages above say why (in full: {_directory["tree/artifacts/sandbox.log"]})\n");
        await RunAsync(Script, ["x"], TestContext.Current.CancellationToken);
        Builds.ShouldBe(2);
    }

    [Fact(Timeout = 60_000)]
    public async Task Without_a_linker_one_line_says_so_and_nothing_is_built()
    {
        WriteLinkerInstaller("echo 'error: no linker' >&2; exit 1");

        var result = await RunAsync(Script, ["x"], TestContext.Current.CancellationToken);

        result.ExitCode.ShouldBe(125);
        result.Error.ShouldBe("error: no linker\n");
        Builds.ShouldBe(0);
        Directory.Exists(_directory["tree/artifacts/sandbox"]).ShouldBeFalse();
    }

    [Fact(Timeout = 60_000)]
    public async Task Without_dotnet_one_line_says_what_to_install()
    {
        File.Delete(_directory["dotnet/dotnet"]);

        var result = await ProcessRun.RunAsync("/bin/sh", [Script, "x"], start =>
        {
            start.Environment["PATH"] = ToolsWithoutDotnet();
            start.Environment["HOME"] = _directory.Path;
            start.Environment.Remove("DOTNET_ROOT");
        }, TestContext.Current.CancellationToken);

        result.ExitCode.ShouldBe(125);
        result.ErrorLine.ShouldContain("there is no dotnet on the PATH: install the .NET 10 SDK");
    }

    [Fact(Timeout = 60_000)]
    public async Task A_built_tree_that_cannot_be_written_works()
    {
        Assert.SkipWhen(Environment.IsPrivilegedProcess, "root may write everywhere");
        await RunAsync(Script, ["x"], TestContext.Current.CancellationToken);
        File.SetUnixFileMode(_directory["tree/artifacts"], UnixFileMode.UserRead | UnixFileMode.UserExecute);
        File.SetLastWriteTimeUtc(_directory["tree/src/SandboxApi.Cli/Program.cs"], DateTime.UtcNow.AddSeconds(1));

        var result = await RunAsync(Script, ["x"], TestContext.Current.CancellationToken);

        File.SetUnixFileMode(_directory["tree/artifacts"], Executable);
        result.Output.ShouldBe("ran:x\n");
        result.Error.ShouldBeEmpty();
    }

    private Task<CliResult> RunAsync(string script, string[] args, CancellationToken token) => ProcessRun.RunAsync(script, args, start =>
    {
        start.WorkingDirectory = "/";
        start.Environment["PATH"] = $"{_directory["dotnet"]}:{start.Environment["PATH"]}";
        start.Environment["BUILDS"] = _directory["builds"];
    }, token);

    private void WriteLinkerInstaller(string script)
    {
        var path = _directory.Write("tree/eng/install-linker.sh", "#!/bin/sh\n" + script + "\n");
        File.SetUnixFileMode(path, Executable);
        File.SetLastWriteTimeUtc(path, DateTime.UnixEpoch);
    }

    private void WriteDotnet(string script) => File.SetUnixFileMode(_directory.Write("dotnet/dotnet", script), Executable);

    /// <summary>A PATH with what the script calls, and no dotnet beside it.</summary>
    private string ToolsWithoutDotnet()
    {
        Directory.CreateDirectory(_directory["tools"]);
        foreach (var tool in new[] { "readlink", "dirname", "find", "flock", "mkdir", "cat", "mv", "rm" })
        {
            var path = Environment.GetEnvironmentVariable("PATH")!.Split(':').Select(directory => Path.Combine(directory, tool)).FirstOrDefault(File.Exists);
            if (path is not null)
                File.CreateSymbolicLink(_directory[$"tools/{tool}"], path);
        }

        return _directory["tools"];
    }
}
