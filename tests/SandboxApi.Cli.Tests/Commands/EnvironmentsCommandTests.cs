namespace SandboxApi.Cli.Tests.Commands;

/// <summary><c>sandbox environments</c> and <c>sandbox delete</c>.</summary>
public sealed class EnvironmentsCommandTests
{
    private static readonly DateTimeOffset s_saved = new(2026, 11, 24, 10, 3, 35, TimeSpan.Zero);

    [Fact]
    public async Task All_pages_are_listed()
    {
        var cli = With(EnvironmentPage.MaxLimit + 1);

        var lines = (await cli.RunAsync("environments")).Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        lines.Length.ShouldBe(EnvironmentPage.MaxLimit + 1);
        lines[0].ShouldBe("00000001-0000-4000-8000-000000000000\t10\t2026-11-25T10:03:35Z");

        var document = (await cli.RunAsync("environments", "--json")).Json;
        document.GetProperty("environments").GetArrayLength().ShouldBe(EnvironmentPage.MaxLimit + 1);
        document.TryGetProperty("next", out _).ShouldBeFalse();
    }

    [Fact]
    public async Task None_is_no_line_and_no_error()
    {
        var result = await new Cli().RunAsync("environments");

        result.ExitCode.ShouldBe(0);
        result.Output.ShouldBeEmpty();
        result.Error.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_refused_list_is_told_with_the_servers_own_advice()
    {
        var cli = With(1);
        cli.Sandbox.ListFailure = new SandboxException(SandboxErrorCode.Forbidden, "This server has no API key, so it lists its environments to nobody. Its operator sets api-key.");

        var result = await cli.RunAsync("environments");

        result.ExitCode.ShouldBe(1);
        result.ErrorLine.ShouldBe("sandbox: This server has no API key, so it lists its environments to nobody: Its operator sets api-key");
    }

    [Fact]
    public async Task What_is_named_is_deleted_and_what_is_missing_is_told()
    {
        var cli = With(3);
        string[] ids = [.. cli.Sandbox.Environments.Select(stored => $"{stored.Environment}")];

        var result = await cli.RunAsync("delete", ids[0], ids[1]);
        result.ExitCode.ShouldBe(0);
        result.Output.ShouldBeEmpty();
        result.Error.ShouldBeEmpty();
        cli.Sandbox.Environments.ShouldHaveSingleItem().Environment.ToString().ShouldBe(ids[2]);

        result = await cli.RunAsync("delete", ids[0], ids[2], "--json");
        result.ExitCode.ShouldBe(1);
        result.Json.GetProperty("deleted")[0].GetString().ShouldBe(ids[2]);
        result.Json.GetProperty("missing")[0].GetString().ShouldBe(ids[0]);
        result.ErrorLine.ShouldContain(ids[0]);
        cli.Sandbox.Environments.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("'sandbox delete' needs ID", "delete")]
    [InlineData("'no-id' is no environment id", "delete", "00000001-0000-4000-8000-000000000000", "no-id")]
    public async Task Nothing_is_deleted_when_an_id_is_wrong(string expected, params string[] args)
    {
        var cli = With(1);

        var result = await cli.RunAsync(args);

        result.ExitCode.ShouldBe(2);
        result.ErrorLine.ShouldContain(expected);
        cli.Sandbox.Environments.Count.ShouldBe(1);
    }

    private static Cli With(int count)
    {
        var cli = new Cli();
        for (var i = 1; i <= count; i++)
            cli.Sandbox.Environments.Add(new EnvironmentInfo { Environment = new Guid(i, 0, 0x4000, 0x80, 0, 0, 0, 0, 0, 0, 0), Size = 10 * i, Saved = s_saved, Expire = s_saved.AddDays(1) });
        return cli;
    }
}
