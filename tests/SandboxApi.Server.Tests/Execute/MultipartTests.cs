using System.Text;

namespace SandboxApi.Server.Tests.Execute;

public sealed class MultipartTests
{
    private const string Config = """{"commands":["echo $((2+2))"]}""";

    private static string Part(string disposition, string body, string headers = "") =>
        $"--XX\nContent-Disposition: form-data; {disposition}\n{headers}\n{body}\n";

    [Fact(Timeout = 30_000)]
    public async Task A_config_field_is_run_and_its_result_answered()
    {
        await using var server = await RunningServer.StartAsync();
        var response = await server.PostMultipartAsync(Part("name=\"config\"", Config) + "--XX--\n");
        response.StatusCode.ShouldBe(System.Net.HttpStatusCode.OK);
        response.Content.Headers.ContentType!.ToString().ShouldBe("application/json");
        var json = System.Text.Json.JsonDocument.Parse(await response.Content.ReadAsStringAsync()).RootElement;
        json.GetProperty("status").GetInt32().ShouldBe(0);
        json.GetProperty("execution")[0].GetProperty("stdout").GetString().ShouldBe("4");
        json.GetProperty("execution")[0].GetProperty("verdict").GetString().ShouldBe("ok");
        json.GetProperty("total_time").GetDouble().ShouldBe(0.003);
        json.TryGetProperty("environment", out _).ShouldBeFalse();
        server.Sandbox.Configs.Single().Commands.Single().Text.ShouldBe("echo $((2+2))");
        server.Sandbox.Archives.Single().ShouldBeNull();
    }

    [Theory(Timeout = 30_000)]
    [InlineData(true)]
    [InlineData(false)]
    public async Task The_archive_is_taken_before_and_after_the_config(bool archiveFirst)
    {
        await using var server = await RunningServer.StartAsync();
        var archive = new byte[300_000];
        new Random(1).NextBytes(archive);
        using var form = new MultipartFormDataContent();
        var parts = new List<(HttpContent Content, string Name, string? File)> { (new StringContent(Config), "config", null), (new ByteArrayContent(archive), "environment", "environment") };
        if (archiveFirst)
            parts.Reverse();
        foreach (var (content, name, file) in parts)
        {
            if (file is null)
                form.Add(content, name);
            else
                form.Add(content, name, file);
        }

        (await server.PostAsync(form)).StatusCode.ShouldBe(System.Net.HttpStatusCode.OK);
        server.Sandbox.Archives.Single().ShouldBe(archive);
    }

    [Fact(Timeout = 30_000)]
    public async Task A_config_sent_as_a_file_is_taken()
    {
        await using var server = await RunningServer.StartAsync();
        (await server.PostMultipartAsync(Part("name=\"config\"; filename=\"c.json\"", Config, "Content-Type: application/json\n") + "--XX--\n")).StatusCode.ShouldBe(System.Net.HttpStatusCode.OK);
    }

    [Fact(Timeout = 30_000)]
    public async Task The_form_of_the_original_async_client_is_taken()
    {
        // aiohttp gives every part a content type.
        await using var server = await RunningServer.StartAsync();
        var body = Part("name=\"config\"", Config, "Content-Type: text/plain; charset=utf-8\n") + Part("name=\"environment\"; filename=\"environment\"", "tgz", "Content-Type: application/octet-stream\n") + "--XX--\n";
        (await server.PostMultipartAsync(body)).StatusCode.ShouldBe(System.Net.HttpStatusCode.OK);
        server.Sandbox.Archives.Single().ShouldBe("tgz"u8.ToArray());
    }

    [Fact(Timeout = 30_000)]
    public async Task Unknown_fields_are_ignored()
    {
        await using var server = await RunningServer.StartAsync();
        (await server.PostMultipartAsync(Part("name=\"other\"", "x") + Part("name=\"config\"", Config) + "--XX--\n")).StatusCode.ShouldBe(System.Net.HttpStatusCode.OK);
    }

    [Fact(Timeout = 30_000)]
    public async Task A_file_field_left_empty_in_a_browser_is_no_archive()
    {
        await using var server = await RunningServer.StartAsync();
        (await server.PostMultipartAsync(Part("name=\"environment\"; filename=\"\"", "") + Part("name=\"config\"", Config) + "--XX--\n")).StatusCode.ShouldBe(System.Net.HttpStatusCode.OK);
        server.Sandbox.Archives.Single().ShouldBeNull();
    }

    [Fact(Timeout = 30_000)]
    public async Task An_empty_file_is_an_archive_for_the_sandbox_to_refuse()
    {
        await using var server = await RunningServer.StartAsync();
        await server.PostMultipartAsync(Part("name=\"environment\"; filename=\"e.tgz\"", "") + Part("name=\"config\"", Config) + "--XX--\n");
        server.Sandbox.Archives.Single().ShouldBe([]);
    }

    [Theory(Timeout = 30_000)]
    [InlineData("config")]
    [InlineData("environment")]
    public async Task A_field_given_twice_is_refused(string name)
    {
        await using var server = await RunningServer.StartAsync();
        var problem = await RunningServer.ProblemAsync(await server.PostMultipartAsync(Part($"name=\"{name}\"", Config) + Part($"name=\"{name}\"", Config) + "--XX--\n"), 400, "invalid_request");
        problem.GetProperty("detail").GetString()!.ShouldContain($"'{name}'");
        server.Sandbox.Configs.ShouldBeEmpty();
    }

    [Fact(Timeout = 30_000)]
    public async Task A_missing_config_is_refused_by_name()
    {
        await using var server = await RunningServer.StartAsync();
        var problem = await RunningServer.ProblemAsync(await server.PostMultipartAsync(Part("name=\"environment\"; filename=\"e\"", "x") + "--XX--\n"), 400, "invalid_config");
        problem.GetProperty("violations")[0].GetProperty("field").GetString().ShouldBe("config");
        server.Sandbox.Configs.ShouldBeEmpty();
    }

    [Theory(Timeout = 30_000)]
    [InlineData("")]
    [InlineData("no multipart at all")]
    [InlineData("--XX\nContent-Disposition: form-data; name=\"config\"\n\n{\"commands\":[\"true\"]}\n")]
    [InlineData("--XX\nContent-Disposition: form-data; name=\"environment\"; filename=\"e\"\n\n{\"comm")]
    [InlineData("--XX\nContent-Disposition")]
    [InlineData("--XX\nno header\n\n{}\n--XX--\n")]
    [InlineData("--XX\nContent-Disposition: attachment; name=\"config\"\n\n{}\n--XX--\n")]
    [InlineData("--XX\nContent-Disposition: form-data; name=\"config\"\nContent-Transfer-Encoding: base64\n\n{}?!\n--XX--\n")]
    [InlineData("--XX\nContent-Disposition: form-data; name=\"config\"\nContent-Transfer-Encoding: base64\n\neyJjb21tYW5kcyI6WyJhIl19e\n--XX--\n")]
    [InlineData("--XX\nContent-Disposition: form-data; name=\"config\"\nContent-Transfer-Encoding: base64\n\neyJjb21tYW5kcyI6WyJhIl1=fQ==\n--XX--\n")]
    public async Task A_malformed_body_is_refused(string body)
    {
        await using var server = await RunningServer.StartAsync();
        var response = await server.PostMultipartAsync(body);
        var problem = await RunningServer.ProblemAsync(response, 400, body == "--XX--\n" ? "invalid_config" : "invalid_request");
        problem.GetProperty("detail").GetString()!.ShouldNotContain("Exception");
        server.Sandbox.Configs.ShouldBeEmpty();
    }

    [Fact(Timeout = 30_000)]
    public async Task A_part_that_is_no_field_is_passed_over()
    {
        await using var server = await RunningServer.StartAsync();
        (await server.PostMultipartAsync("--XX\n\nx\n--XX\nContent-Type: text/plain\n\nx\n" + Part("name=\"config\"", Config) + "--XX--\n")).StatusCode.ShouldBe(System.Net.HttpStatusCode.OK);
        server.Sandbox.Configs.Count.ShouldBe(1);
    }

    [Fact(Timeout = 30_000)]
    public async Task Parts_in_base64_are_taken_as_what_they_hold()
    {
        // As Python's email.mime writes them, in lines of 76 characters.
        await using var server = await RunningServer.StartAsync();
        var archive = new byte[10_000];
        new Random(1).NextBytes(archive);
        var headers = "Content-Transfer-Encoding: base64\n";
        var body = Part("name=\"config\"", Base64(Encoding.UTF8.GetBytes(Config)), headers) + Part("name=\"environment\"; filename=\"e\"", Base64(archive), headers) + "--XX--\n";
        (await server.PostMultipartAsync(body)).StatusCode.ShouldBe(System.Net.HttpStatusCode.OK);
        server.Sandbox.Configs.Single().Commands.Single().Text.ShouldBe("echo $((2+2))");
        server.Sandbox.Archives.Single().ShouldBe(archive);

        var unknown = Part("name=\"config\"", Config, "Content-Transfer-Encoding: quoted-printable\n") + "--XX--\n";
        await RunningServer.ProblemAsync(await server.PostMultipartAsync(unknown), 400, "invalid_request");

        static string Base64(byte[] bytes) => Convert.ToBase64String(bytes, Base64FormattingOptions.InsertLineBreaks) + "\n";
    }

    [Theory(Timeout = 30_000)]
    [InlineData("multipart/form-data; boundary={0}", "===============123==")]
    [InlineData("Multipart/Form-Data; charset=utf-8; Boundary = {0};", "a/b?c:d")]
    [InlineData("multipart/form-data; boundary=\"{0}\"", "=_a/b:c?d'()+,-. e")]
    public async Task A_boundary_is_taken_with_quotes_and_without(string contentType, string boundary)
    {
        await using var server = await RunningServer.StartAsync();
        using var content = new ByteArrayContent(Encoding.ASCII.GetBytes((Part("name=\"config\"", Config) + "--XX--\n").Replace("XX", boundary, StringComparison.Ordinal).ReplaceLineEndings("\r\n")));
        content.Headers.TryAddWithoutValidation("Content-Type", contentType.Replace("{0}", boundary, StringComparison.Ordinal));
        (await server.PostAsync(content)).StatusCode.ShouldBe(System.Net.HttpStatusCode.OK);
        server.Sandbox.Configs.Count.ShouldBe(1);
    }

    [Theory(Timeout = 30_000)]
    [InlineData("multipart/form-data")]
    [InlineData("multipart/form-data; boundary=\"\"")]
    [InlineData("multipart/form-data; boundary=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")]
    public async Task A_boundary_that_cannot_be_is_refused(string contentType)
    {
        await using var server = await RunningServer.StartAsync();
        using var content = new ByteArrayContent("--XX--\r\n"u8.ToArray());
        content.Headers.TryAddWithoutValidation("Content-Type", contentType);
        await RunningServer.ProblemAsync(await server.PostAsync(content), 400, "invalid_request");
    }

    [Fact(Timeout = 30_000)]
    public async Task Headers_of_a_part_that_never_end_are_refused()
    {
        await using var server = await RunningServer.StartAsync();
        await RunningServer.ProblemAsync(await server.PostMultipartAsync("--XX\nX: " + new string('a', 100_000) + "\n\n--XX--\n"), 400, "invalid_request");
    }

    [Fact(Timeout = 30_000)]
    public async Task More_fields_than_any_form_has_are_refused()
    {
        await using var server = await RunningServer.StartAsync();
        var body = new StringBuilder();
        for (var i = 0; i < 1001; i++)
            body.Append(Part("name=\"x\"", ""));
        await RunningServer.ProblemAsync(await server.PostMultipartAsync(body + "--XX--\n"), 400, "invalid_request");
    }

    [Fact(Timeout = 30_000)]
    public async Task An_archive_over_the_limit_is_refused_and_leaves_no_file()
    {
        var spool = Directory.CreateTempSubdirectory("sandbox-test-");
        await using var server = await RunningServer.StartAsync(options =>
        {
            options.MaxArchiveSize = 100_000;
            options.SpoolDirectory = spool.FullName;
        });
        using var form = new MultipartFormDataContent { { new StringContent(Config), "config" }, { new ByteArrayContent(new byte[100_001]), "environment", "e" } };
        var problem = await RunningServer.ProblemAsync(await server.PostAsync(form), 413, "too_large");
        problem.GetProperty("detail").GetString()!.ShouldContain("max-archive-size");
        server.Sandbox.Configs.ShouldBeEmpty();
        spool.GetFiles().ShouldBeEmpty();

        using var fits = new MultipartFormDataContent { { new StringContent(Config), "config" }, { new ByteArrayContent(new byte[100_000]), "environment", "e" } };
        (await server.PostAsync(fits)).StatusCode.ShouldBe(System.Net.HttpStatusCode.OK);
        spool.Delete(true);
    }

    [Fact(Timeout = 30_000)]
    public async Task An_archive_has_no_name_on_disk_while_its_run_goes_on()
    {
        var spool = Directory.CreateTempSubdirectory("sandbox-test-");
        await using var server = await RunningServer.StartAsync(options => options.SpoolDirectory = spool.FullName);
        var names = new List<string>();
        server.Sandbox.OnExecute = (_, _) =>
        {
            names.AddRange(Directory.GetFiles(spool.FullName));
            return Task.FromResult(FakeSandbox.Ok());
        };
        using var form = new MultipartFormDataContent { { new StringContent(Config), "config" }, { new ByteArrayContent(new byte[10]), "environment", "e" } };
        (await server.PostAsync(form)).StatusCode.ShouldBe(System.Net.HttpStatusCode.OK);
        names.ShouldBeEmpty();
        spool.Delete(true);
    }

    [Fact(Timeout = 30_000)]
    public async Task A_config_field_over_the_limit_is_refused()
    {
        await using var server = await RunningServer.StartAsync(options => options.MaxConfigSize = 2048);
        var problem = await RunningServer.ProblemAsync(await server.PostMultipartAsync(Part("name=\"config\"", "{\"commands\":[\"" + new string('x', 3000) + "\"]}") + "--XX--\n"), 413, "too_large");
        problem.GetProperty("detail").GetString()!.ShouldContain("max-config-size");
    }

    [Fact(Timeout = 30_000)]
    public async Task A_body_over_all_limits_together_is_refused_before_it_is_read()
    {
        await using var server = await RunningServer.StartAsync(options => options.MaxArchiveSize = 0);
        using var connection = await server.ConnectAsync();
        await connection.SendAsync("POST /execute/ HTTP/1.1\nHost: localhost\nContent-Type: multipart/form-data; boundary=XX\nContent-Length: 99999999999\n\n--XX\n");
        var answer = await connection.ReadUntilAsync("max-archive-size");
        answer.ShouldStartWith("HTTP/1.1 413 ");
        answer.ShouldContain("\"code\":\"too_large\"");
    }
}
