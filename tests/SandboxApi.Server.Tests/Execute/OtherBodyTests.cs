using System.Net;
using System.Text;

namespace SandboxApi.Server.Tests.Execute;

public sealed class OtherBodyTests
{
    [Fact(Timeout = 30_000)]
    public async Task A_urlencoded_config_is_run()
    {
        await using var server = await RunningServer.StartAsync();
        using var form = new FormUrlEncodedContent([new("config", """{"commands":["echo ä & + %"]}"""), new("other", "x")]);
        (await server.PostAsync(form)).StatusCode.ShouldBe(HttpStatusCode.OK);
        server.Sandbox.Configs.Single().Commands.Single().Text.ShouldBe("echo ä & + %");
    }

    [Fact(Timeout = 30_000)]
    public async Task A_urlencoded_form_without_config_is_refused()
    {
        await using var server = await RunningServer.StartAsync();
        using var form = new FormUrlEncodedContent([new("conf", "{}")]);
        await RunningServer.ProblemAsync(await server.PostAsync(form), 400, "invalid_config");
    }

    [Fact(Timeout = 30_000)]
    public async Task A_urlencoded_config_given_twice_is_refused()
    {
        await using var server = await RunningServer.StartAsync();
        using var form = new FormUrlEncodedContent([new("config", "{}"), new("config", "{}")]);
        await RunningServer.ProblemAsync(await server.PostAsync(form), 400, "invalid_request");
    }

    [Fact(Timeout = 30_000)]
    public async Task A_urlencoded_config_over_the_limit_is_refused()
    {
        await using var server = await RunningServer.StartAsync(options => options.MaxConfigSize = 2048);
        using var form = new FormUrlEncodedContent([new("config", "{\"commands\":[\"" + new string('x', 3000) + "\"]}")]);
        await RunningServer.ProblemAsync(await server.PostAsync(form), 413, "too_large");
    }

    [Fact(Timeout = 30_000)]
    public async Task A_urlencoded_form_of_very_many_fields_is_refused()
    {
        await using var server = await RunningServer.StartAsync();
        using var form = new FormUrlEncodedContent(Enumerable.Range(0, 2000).Select(i => KeyValuePair.Create($"f{i}", "x")));
        await RunningServer.ProblemAsync(await server.PostAsync(form), 400, "invalid_request");
    }

    [Fact(Timeout = 30_000)]
    public async Task A_json_body_is_the_config()
    {
        await using var server = await RunningServer.StartAsync();
        (await server.PostJsonAsync("""{"commands":["a",{"command":"b","timeout":1.0}],"save":true}""")).StatusCode.ShouldBe(HttpStatusCode.OK);
        var config = server.Sandbox.Configs.Single();
        config.Commands.Count.ShouldBe(2);
        config.Commands[1].Timeout.ShouldBe(TimeSpan.FromSeconds(1));
        config.Save.ShouldBeTrue();
    }

    [Theory(Timeout = 30_000)]
    [InlineData("", "config")]
    [InlineData("{", "config")]
    [InlineData("[]", "config")]
    [InlineData("\"x\"", "config")]
    [InlineData("{}", "commands")]
    [InlineData("""{"commands":[]}""", "commands")]
    [InlineData("""{"commands":"ls"}""", "commands")]
    [InlineData("""{"commands":[1]}""", "commands[0]")]
    [InlineData("""{"commands":[{"timeout":1}]}""", "commands[0]")]
    [InlineData("""{"commands":[{"command":"a","timeout":"1"}]}""", "commands[0].timeout")]
    [InlineData("""{"commands":[{"command":"a","timeout":-1}]}""", "commands[0].timeout")]
    [InlineData("""{"commands":[{"command":"a","timeout":1e999}]}""", "commands[0].timeout")]
    [InlineData("""{"commands":["a\u0000b"]}""", "commands[0]")]
    [InlineData("""{"commands":["a"],"environ":[]}""", "environ")]
    [InlineData("""{"commands":["a"],"environ":{"A=B":"c"}}""", "environ[\"A=B\"]")]
    [InlineData("""{"commands":["a"],"result_path":1}""", "result_path")]
    [InlineData("""{"commands":["a"],"save":"yes"}""", "save")]
    public async Task A_config_that_breaks_a_rule_is_refused_with_the_field_and_nothing_runs(string json, string field)
    {
        await using var server = await RunningServer.StartAsync();
        var problem = await RunningServer.ProblemAsync(await server.PostJsonAsync(json), 400, "invalid_config");
        problem.GetProperty("violations").EnumerateArray().Select(v => v.GetProperty("field").GetString()).ShouldContain(field);
        server.Sandbox.Configs.ShouldBeEmpty();
    }

    [Theory(Timeout = 30_000)]
    [InlineData("\"nope\"")]
    [InlineData("5")]
    public async Task An_environment_that_is_no_id_is_not_found(string id)
    {
        await using var server = await RunningServer.StartAsync();
        await RunningServer.ProblemAsync(await server.PostJsonAsync($$"""{"commands":["a"],"environment":{{id}}}"""), 404, "not_found");
    }

    [Fact(Timeout = 30_000)]
    public async Task A_json_body_over_the_limit_is_refused()
    {
        await using var server = await RunningServer.StartAsync(options => options.MaxConfigSize = 2048);
        var problem = await RunningServer.ProblemAsync(await server.PostJsonAsync("{\"commands\":[\"" + new string('x', 3000) + "\"]}"), 413, "too_large");
        problem.GetProperty("detail").GetString()!.ShouldContain("2KiB");
    }

    [Fact(Timeout = 30_000)]
    public async Task A_chunked_body_over_the_limit_is_refused()
    {
        await using var server = await RunningServer.StartAsync(options => options.MaxConfigSize = 2048);
        using var connection = await server.ConnectAsync();
        await connection.SendAsync("POST /execute/ HTTP/1.1\nHost: localhost\nContent-Type: application/json\nTransfer-Encoding: chunked\n\n1000\n" + new string(' ', 4096) + "\n0\n\n");
        (await connection.ReadUntilAsync("too_large")).ShouldStartWith("HTTP/1.1 413 ");
    }

    [Theory(Timeout = 30_000)]
    [InlineData("text/plain", null)]
    [InlineData("application/json; charset=utf-16", null)]
    [InlineData("nonsense", null)]
    [InlineData(null, null)]
    [InlineData("application/json", "gzip")]
    public async Task Another_content_type_is_refused_with_those_that_are_taken(string? type, string? encoding)
    {
        await using var server = await RunningServer.StartAsync();
        using var content = new ByteArrayContent(Encoding.UTF8.GetBytes("""{"commands":["a"]}"""));
        if (type is not null)
            content.Headers.TryAddWithoutValidation("Content-Type", type);
        if (encoding is not null)
            content.Headers.ContentEncoding.Add(encoding);
        await RunningServer.ProblemAsync(await server.PostAsync(content), 415, "invalid_request");
        server.Sandbox.Configs.ShouldBeEmpty();
    }

    [Theory(Timeout = 30_000)]
    [InlineData("gzip, chunked", "501")]
    [InlineData("deflate, gzip, chunked", "501")]
    [InlineData("Chunked", "200")]
    public async Task A_transfer_coding_that_is_not_undone_is_refused(string coding, string status)
    {
        await using var server = await RunningServer.StartAsync();
        using var connection = await server.ConnectAsync();
        await connection.SendAsync($"POST /execute/ HTTP/1.1\nHost: localhost\nConnection: close\nContent-Type: application/json\nTransfer-Encoding: {coding}\n\n12\n{{\"commands\":[\"a\"]}}\n0\n\n");
        (await connection.ReadToEndAsync()).ShouldStartWith($"HTTP/1.1 {status} ");
        server.Sandbox.Configs.Count.ShouldBe(status == "200" ? 1 : 0);
    }

    [Fact(Timeout = 30_000)]
    public async Task Extra_content_type_parameters_and_utf8_are_fine()
    {
        await using var server = await RunningServer.StartAsync();
        using var content = new ByteArrayContent(Encoding.UTF8.GetBytes("""{"commands":["a"]}"""));
        content.Headers.TryAddWithoutValidation("Content-Type", "APPLICATION/JSON; charset=\"UTF-8\"");
        (await server.PostAsync(content)).StatusCode.ShouldBe(HttpStatusCode.OK);
    }
}
