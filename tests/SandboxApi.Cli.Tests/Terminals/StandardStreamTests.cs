using SandboxApi.Cli.Terminals;

namespace SandboxApi.Cli.Tests.Terminals;

/// <summary>A stream that cannot be written: only a reader that has gone is no error.</summary>
public sealed class StandardStreamTests
{
    private const int NoSpace = 28;

    public static TheoryData<string> Commands => ["version", "--help", "help exec", "serve --help", "specs", "usage", "libraries", "doctor", "completion bash", "specs --json", "exec x", "exec --json x"];

    [Theory]
    [MemberData(nameof(Commands))]
    public async Task A_full_disk_is_told_with_its_reason_and_125(string line)
    {
        var cli = new Cli { Output = new StandardStream(new Failing("No space left on device", NoSpace), "standard output"), Sandbox = { Libraries = new() { Packages = new() { System = new Dictionary<string, string> { ["a"] = "1" }, Python = new Dictionary<string, string>(), Perl = new Dictionary<string, string>(), C = new Dictionary<string, string>() }, Bin = [] } } };
        cli.Sandbox.OnExecute = (_, _) => Task.FromResult(Results.Of(0, Results.Command("x", stdout: "out")));

        var result = await cli.RunAsync(line.Split(' '));

        result.ExitCode.ShouldBe(125);
        result.ErrorLine.ShouldStartWith("sandbox: standard output cannot be written (No space left on device): ");
    }

    [Theory]
    [MemberData(nameof(Commands))]
    public async Task A_reader_that_has_gone_is_no_error(string line)
    {
        var cli = new Cli { Output = new StandardStream(new Failing("Broken pipe", 32), "standard output"), Sandbox = { Libraries = new() { Packages = new() { System = new Dictionary<string, string> { ["a"] = "1" }, Python = new Dictionary<string, string>(), Perl = new Dictionary<string, string>(), C = new Dictionary<string, string>() }, Bin = [] } } };
        cli.Sandbox.OnExecute = (_, _) => Task.FromResult(Results.Of(0, Results.Command("x", stdout: "out")));

        var result = await cli.RunAsync(line.Split(' '));

        result.ExitCode.ShouldBe(141);
        result.Error.ShouldBeEmpty();
    }

    private sealed class Failing(string message, int error) : MemoryStream
    {
        public override void Write(byte[] buffer, int offset, int count) => throw new IOException(message, error);

        public override void Write(ReadOnlySpan<byte> buffer) => throw new IOException(message, error);

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) => throw new IOException(message, error);
    }
}
