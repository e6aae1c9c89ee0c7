using System.Text;
using System.Text.Json;
using SandboxApi.Cli.Execution;

namespace SandboxApi.Cli.Tests.Execution;

public sealed class UnknownFieldsTests
{
    [Theory]
    [InlineData("""{"commands":[{"command":"ls","timout":1}],"sav":true}""", "sav: is no field, and is ignored; did you mean save?|commands[0].timout: is no field, and is ignored; did you mean timeout?")]
    [InlineData("""{"commands":["a",{"command":"b","xyz":1}]}""", "commands[1].xyz: is no field, and is ignored")]
    [InlineData("""{"commands":["a"],"save":true,"limits":{"memory":1}}""", "")]
    [InlineData("""{"commands":{},"Save":true}""", "Save: is no field, and is ignored; did you mean save?")]
    [InlineData("\uFEFF{\"commands\":[],\"sav\":true}", "sav: is no field, and is ignored; did you mean save?")]
    [InlineData("""{"commands":["a"],"commands":["b"]}""", "commands: is there twice, and only the last counts")]
    [InlineData("[]", "")]
    [InlineData("nonsense", "")]
    public void Each_is_told_with_its_place_and_what_was_meant(string json, string expected) =>
        string.Join('|', UnknownFields.In(Encoding.UTF8.GetBytes(json))).ShouldBe(expected);

    [Fact]
    public void Every_field_of_a_config_is_known()
    {
        typeof(ExecutionConfig).GetProperties().Where(property => property.GetMethod!.IsPublic).Select(property => JsonNamingPolicy.SnakeCaseLower.ConvertName(property.Name)).Except(UnknownFields.OfConfig).ShouldBeEmpty();
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1, "--strict")]
    public async Task Validate_warns_and_stays_valid(int exitCode, params string[] more)
    {
        using var directory = new TemporaryDirectory();
        var config = directory.Write("c.json", """{"commands":["ls"],"sav":true}""");

        var result = await new Cli().RunAsync(["validate", config, .. more]);

        result.ExitCode.ShouldBe(exitCode);
        result.Output.ShouldBe("valid\n");
        result.Error.ShouldBe($"sandbox: warning: {config}: sav is no field, and is ignored; did you mean save?\n");
        (await new Cli().RunAsync("validate", config, "--json")).Json.GetProperty("warnings")[0].GetProperty("field").GetString().ShouldBe("sav");
    }

    [Fact]
    public async Task Exec_warns_and_runs()
    {
        using var directory = new TemporaryDirectory();
        var config = directory.Write("c.json", """{"commands":["ls"],"sav\u001b[2J":true}""");
        var cli = new Cli();

        var result = await cli.RunAsync("exec", "--config", config);

        result.ExitCode.ShouldBe(0);
        cli.Sandbox.Config!.Commands.Count.ShouldBe(1);
        result.Error.ShouldContain("is no field, and is ignored");
        result.Error.ShouldNotContain("\e");
        (await new Cli().RunAsync("exec", "-q", "--config", config)).Error.ShouldBeEmpty();
    }
}
