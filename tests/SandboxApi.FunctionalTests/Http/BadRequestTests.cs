using System.Text.Json;
using SandboxApi.FunctionalTests.Fixtures;

namespace SandboxApi.FunctionalTests.Http;

/// <summary>Requests that cannot be carried out: a status, a code, a sentence, and nothing runs.</summary>
public sealed class BadRequestTests(Sandboxes sandboxes) : HttpTests(sandboxes)
{
    [Theory(Timeout = Minute)]
    [InlineData("""{"commands": ["true" """)]
    [InlineData("not json")]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("\"text\"")]
    [InlineData("null")]
    [InlineData("{}")]
    [InlineData("""{"commands": []}""")]
    [InlineData("""{"commands": "true"}""")]
    [InlineData("""{"commands": {"command": "true"}}""")]
    [InlineData("""{"commands": null}""")]
    [InlineData("""{"commands": [1]}""")]
    [InlineData("""{"commands": ["true", null]}""")]
    [InlineData("""{"commands": [["true"]]}""")]
    [InlineData("""{"commands": [{}]}""")]
    [InlineData("""{"commands": [{"command": 1}]}""")]
    [InlineData("""{"commands": [{"timeout": 1}]}""")]
    [InlineData("""{"commands": [{"command": "true", "timeout": "1"}]}""")]
    [InlineData("""{"commands": [{"command": "true", "timeout": true}]}""")]
    [InlineData("""{"commands": [{"command": "true", "timeout": -1}]}""")]
    [InlineData("""{"commands": [{"command": "true", "timeout": NaN}]}""")]
    [InlineData("""{"commands": [{"command": "true", "timeout": Infinity}]}""")]
    [InlineData("""{"commands": [{"command": "true", "timeout": 1e999}]}""")]
    [InlineData("""{"commands": ["echo \u0000"]}""")]
    [InlineData("""{"commands": ["true"], "environ": []}""")]
    [InlineData("""{"commands": ["true"], "environ": "A=1"}""")]
    [InlineData("""{"commands": ["true"], "environ": {"": "x"}}""")]
    [InlineData("""{"commands": ["true"], "environ": {"A=B": "x"}}""")]
    [InlineData("""{"commands": ["true"], "environ": {"A\u0000": "x"}}""")]
    [InlineData("""{"commands": ["true"], "environ": {"A": "\u0000"}}""")]
    [InlineData("""{"commands": ["true"], "result_path": 1}""")]
    [InlineData("""{"commands": ["true"], "result_path": ["out"]}""")]
    [InlineData("""{"commands": ["true"], "save": "yes"}""")]
    [InlineData("""{"commands": ["true"], "save": 1}""")]
    [InlineData("""{"commands": ["true"], "stdin": 1}""")]
    [InlineData("""{"commands": ["true"], "limits": {"memory": "much"}}""")]
    [InlineData("""{"commands": ["true"], "limits": {"unknown": 1}}""")]
    [InlineData("""{"commands": ["echo \ud800"]}""")]
    public async Task A_bad_config_is_400_and_says_what_is_wrong(string config)
    {
        using var response = await PostConfigAsync(config);

        (await ProblemAsync(response, 400, "invalid_config")).Length.ShouldBeGreaterThan(20);
    }

    [Fact(Timeout = Minute)]
    public async Task Every_violation_is_listed_with_its_field()
    {
        using var response = await PostConfigAsync("""{"commands": [1, {"command": "true", "timeout": -1}], "save": 3, "environ": {"": 1}}""");

        await ProblemAsync(response, 400, "invalid_config");
        var problem = JsonElement.Parse(await response.Content.ReadAsStringAsync(Cancel));
        problem.GetProperty("violations").EnumerateArray().Select(violation => violation.GetProperty("field").GetString()).ShouldBe(["commands[0]", "commands[1].timeout", "save", "environ"], ignoreOrder: true);
    }

    [Theory(Timeout = Minute)]
    [InlineData("application/x-www-form-urlencoded", "")]
    [InlineData("application/x-www-form-urlencoded", "other=1")]
    [InlineData("multipart/form-data; boundary=b", "--b\r\nContent-Disposition: form-data; name=\"other\"\r\n\r\n{}\r\n--b--\r\n")]
    [InlineData("application/json", "")]
    public async Task A_missing_config_is_400(string contentType, string body)
    {
        using var response = await PostAsync(contentType, Bytes(body));

        (await ProblemAsync(response, 400, "invalid_config")).ShouldContain("missing");
    }

    [Theory(Timeout = Minute)]
    [InlineData("multipart/form-data; boundary=b", "no multipart at all")]
    [InlineData("multipart/form-data; boundary=b", "--b\r\nContent-Disposition: form-data; name=\"config\"\r\n\r\n{\"commands\": [\"true\"]}")]
    public async Task A_body_that_cannot_be_read_is_400(string contentType, string body)
    {
        using var response = await PostAsync(contentType, Bytes(body));

        ((int)response.StatusCode).ShouldBe(400);
        response.Content.Headers.ContentType!.MediaType.ShouldBe("application/problem+json");
    }

    [Theory(Timeout = Minute)]
    [InlineData("\"872b604c-9cce-42e2-8888-9a0311f3a724\"")]
    [InlineData("\"no uuid\"")]
    [InlineData("\"\"")]
    [InlineData("\"../../etc/passwd\"")]
    [InlineData("5")]
    public async Task An_unknown_environment_is_404(string environment)
    {
        using var response = await PostConfigAsync($$"""{"commands": ["true"], "environment": {{environment}}}""");

        await ProblemAsync(response, 404, "not_found");
    }

    [Fact(Timeout = Minute)]
    public async Task An_archive_that_is_none_is_400()
    {
        using var response = await PostAsync("multipart/form-data; boundary=b", Bytes("--b\r\nContent-Disposition: form-data; name=\"config\"\r\n\r\n{\"commands\": [\"true\"]}\r\n--b\r\nContent-Disposition: form-data; name=\"environment\"; filename=\"e\"\r\n\r\nno archive\r\n--b--\r\n"));

        await ProblemAsync(response, 400, "invalid_archive");
    }
}
