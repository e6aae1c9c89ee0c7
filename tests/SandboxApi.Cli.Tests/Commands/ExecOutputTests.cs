using System.Text.Json;
using SandboxApi.Json;

namespace SandboxApi.Cli.Tests.Commands;

/// <summary>What a program wrote is written on byte for byte.</summary>
public sealed class ExecOutputTests
{
    [Theory]
    [InlineData("""{"command":"x","exit_code":0,"stdout":" a\r\n\n","stderr":"e","time":0,"exact":true}""", "20610D0A0A", "65")]
    [InlineData("""{"command":"x","exit_code":0,"stdout":"\ufeff\u0000 ","stderr":"\n","time":0,"exact":true}""", "EFBBBF0020", "0A")]
    [InlineData("""{"command":"x","exit_code":0,"stdout":"?","stderr":"","time":0,"exact":true,"stdout_base64":"/wA="}""", "FF00", "")]
    [InlineData("""{"command":"x","exit_code":0,"stdout":"a","stderr":"","time":0,"exact":true,"stdout_tail":"z\n","stderr_tail_base64":"/w=="}""", "617A0A", "FF")]
    public async Task What_a_server_tells_exactly_is_written_byte_for_byte(string command, string stdout, string stderr)
    {
        var cli = Answering($$"""{"status":0,"execution":[{{command}}],"total_time":0}""");

        var result = await cli.RunAsync("exec", "x", "--quiet");

        cli.Sandbox.Config!.Output.ShouldBe(new OutputForm { Exact = true });
        Hex(result.OutputBytes).ShouldBe(stdout);
        Hex(result.ErrorBytes).ShouldBe(stderr);
    }

    [Fact]
    public async Task What_a_server_trimmed_gets_its_line_break_back()
    {
        var cli = Answering("""{"status":0,"execution":[{"command":"x","exit_code":0,"stdout":"4","stderr":"","time":0}],"total_time":0}""");

        (await cli.RunAsync("exec", "x")).Output.ShouldBe("4\n");
    }

    [Fact]
    public async Task A_result_of_any_bytes_is_written_as_it_is()
    {
        const string Json = """{"status":0,"execution":[{"command":"x","exit_code":0,"stdout":"","stderr":"","time":0,"exact":true}],"total_time":0,"result_base64":"AP8="}""";
        using var directory = new TemporaryDirectory();
        var path = directory["r"];

        await Answering(Json).RunAsync("exec", "x", "--result", "r", "--result-out", path);

        File.ReadAllBytes(path).ShouldBe([0, 0xFF]);
    }

    [Fact]
    public async Task An_answer_as_JSON_has_the_form_that_was_asked_for()
    {
        var cli = new Cli();

        await cli.RunAsync("exec", "x", "--json");

        cli.Sandbox.Config!.Output.ShouldBeNull();
    }

    [Fact]
    public async Task Output_that_was_left_open_is_told()
    {
        const string Json = """{"status":0,"execution":[{"command":"x","exit_code":0,"stdout":"","stderr":"","time":0,"exact":true,"output_left_open":true}],"total_time":0}""";

        (await Answering(Json).RunAsync("exec", "x")).Error.ShouldContain("'x' left a process behind that still held its output open");
        (await Answering(Json).RunAsync("exec", "x", "--quiet")).Error.ShouldBe("");
    }

    private static Cli Answering(string json)
    {
        var cli = new Cli();
        cli.Sandbox.OnExecute = (_, _) => Task.FromResult(JsonSerializer.Deserialize(json, SandboxJsonContext.Relaxed.ExecutionResult)!);
        return cli;
    }

    private static string Hex(byte[] bytes) => Convert.ToHexString(bytes);
}
