using System.Net;
using System.Text;

namespace SandboxApi.Server.Tests.Execute;

/// <summary>What is sent is what runs, or nothing runs.</summary>
public sealed class BodyTextTests
{
    private const string Config = """{"commands":["echo é"]}""";

    [Theory(Timeout = 30_000)]
    [InlineData("application/json", "{\"commands\":[\"echo \u00e9\"]}", 19)]
    [InlineData("application/x-www-form-urlencoded", "config={\"commands\":[\"echo+%E9\"]}", 19)]
    [InlineData("application/x-www-form-urlencoded", "config={\"commands\":[\"echo+\u00e9\"]}", 19)]
    [InlineData("multipart/form-data; boundary=b", "--b\r\nContent-Disposition: form-data; name=\"config\"\r\n\r\n{\"commands\":[\"echo \u00e9\"]}\r\n--b--\r\n", 19)]
    public async Task A_byte_that_is_no_utf8_is_refused_with_its_place_in_every_form(string type, string body, int offset)
    {
        await using var server = await RunningServer.StartAsync();
        var problem = await RunningServer.ProblemAsync(await PostAsync(server, type, Encoding.Latin1.GetBytes(body)), 400, "invalid_config");
        problem.GetProperty("detail").GetString()!.ShouldContain($"0xE9 at offset {offset}");
        server.Sandbox.Configs.ShouldBeEmpty();
    }

    [Theory(Timeout = 30_000)]
    [InlineData("application/x-www-form-urlencoded", "conf%E9=1&config={\"commands\":[\"a\"]}")]
    [InlineData("multipart/form-data; boundary=b", "--b\r\nContent-Disposition: form-data; name=\"conf\u00e9\"\r\n\r\n1\r\n--b\r\nContent-Disposition: form-data; name=\"config\"\r\n\r\n{\"commands\":[\"a\"]}\r\n--b--\r\n")]
    public async Task A_fields_name_that_is_no_utf8_is_refused(string type, string body)
    {
        await using var server = await RunningServer.StartAsync();
        await RunningServer.ProblemAsync(await PostAsync(server, type, Encoding.Latin1.GetBytes(body)), 400, "invalid_request");
    }

    [Theory(Timeout = 30_000)]
    [InlineData("application/json", "")]
    [InlineData("application/x-www-form-urlencoded", "config=")]
    [InlineData("multipart/form-data; boundary=b", "--b\r\nContent-Disposition: form-data; name=\"config\"\r\n\r\n")]
    public async Task A_byte_order_mark_is_passed_over_in_every_form(string type, string before)
    {
        await using var server = await RunningServer.StartAsync();
        byte[] body = [.. Encoding.UTF8.GetBytes(before), 0xEF, 0xBB, 0xBF, .. Encoding.UTF8.GetBytes(Config), .. Encoding.UTF8.GetBytes(type.StartsWith('m') ? "\r\n--b--\r\n" : "")];
        (await PostAsync(server, type, body)).StatusCode.ShouldBe(HttpStatusCode.OK);
        server.Sandbox.Configs.Single().Commands.Single().Text.ShouldBe("echo é");
    }

    [Fact(Timeout = 30_000)]
    public async Task Utf16_is_refused_by_its_name()
    {
        await using var server = await RunningServer.StartAsync();
        var problem = await RunningServer.ProblemAsync(await PostAsync(server, "application/json", Encoding.Unicode.GetBytes(Config)), 400, "invalid_config");
        problem.GetProperty("detail").GetString()!.ShouldContain("UTF-16 (little-endian)");
    }

    [Theory(Timeout = 30_000)]
    [InlineData("utf8")]
    [InlineData("utf-8")]
    [InlineData("\"UTF-8\"")]
    [InlineData("us-ascii")]
    [InlineData("ISO-8859-1")]
    [InlineData("windows-1252")]
    public async Task A_charset_that_ascii_is_the_same_in_is_taken_for_ascii(string charset)
    {
        await using var server = await RunningServer.StartAsync();
        foreach (var (type, body) in Forms($"; charset={charset}", """{"commands":["a"]}"""))
            (await PostAsync(server, type, Encoding.ASCII.GetBytes(body))).StatusCode.ShouldBe(HttpStatusCode.OK, type);
    }

    [Theory(Timeout = 30_000)]
    [InlineData("us-ascii")]
    [InlineData("ISO-8859-1")]
    [InlineData("windows-1252")]
    public async Task Such_a_charset_is_refused_for_other_text_because_nobody_knows_what_it_means(string charset)
    {
        await using var server = await RunningServer.StartAsync();
        foreach (var (type, body) in Forms($"; charset={charset}", Config))
        {
            foreach (var encoding in new[] { Encoding.Latin1, Encoding.UTF8 })
            {
                var problem = await RunningServer.ProblemAsync(await PostAsync(server, type, encoding.GetBytes(body)), 400, "invalid_config");
                problem.GetProperty("detail").GetString()!.ShouldContain(charset);
                problem.GetProperty("detail").GetString()!.ShouldContain("at offset 19");
            }
        }

        server.Sandbox.Configs.ShouldBeEmpty();
    }

    [Theory(Timeout = 30_000)]
    [InlineData("utf-16")]
    [InlineData("koi8-r")]
    [InlineData("x")]
    public async Task Another_charset_is_415_in_every_form(string charset)
    {
        await using var server = await RunningServer.StartAsync();
        foreach (var (type, body) in Forms($"; charset={charset}", """{"commands":["a"]}"""))
            (await RunningServer.ProblemAsync(await PostAsync(server, type, Encoding.ASCII.GetBytes(body)), 415, "invalid_request")).GetProperty("detail").GetString()!.ShouldContain(charset);
    }

    [Theory(Timeout = 30_000)]
    [InlineData("echo+a%2Bb", "echo a+b")]
    [InlineData("echo+100%25", "echo 100%")]
    [InlineData("date+%2B%Y", "date +%Y")]
    [InlineData("echo+%zz+%", "echo %zz %")]
    [InlineData("echo+%c3%A9", "echo é")]
    public async Task A_urlencoded_text_is_read_as_the_url_standard_says(string sent, string run)
    {
        await using var server = await RunningServer.StartAsync();
        (await PostAsync(server, "application/x-www-form-urlencoded", Encoding.ASCII.GetBytes($$"""other&&x=%E9&config={"commands":["{{sent}}"]}&"""))).StatusCode.ShouldBe(HttpStatusCode.OK);
        server.Sandbox.Configs.Single().Commands.Single().Text.ShouldBe(run);
    }

    /// <summary>The same config in each form, the charset where that form has it.</summary>
    private static IEnumerable<(string Type, string Body)> Forms(string charset, string config) =>
    [
        ("application/json" + charset, config),
        ("application/x-www-form-urlencoded" + charset, "config=" + config),
        ("multipart/form-data; boundary=b" + charset, $"--b\r\nContent-Disposition: form-data; name=\"config\"\r\n\r\n{config}\r\n--b--\r\n"),
        ("multipart/form-data; boundary=b", $"--b\r\nContent-Disposition: form-data; name=\"config\"\r\nContent-Type: text/plain{charset}\r\n\r\n{config}\r\n--b--\r\n"),
    ];

    private static Task<HttpResponseMessage> PostAsync(RunningServer server, string type, byte[] body)
    {
        var content = new ByteArrayContent(body);
        content.Headers.TryAddWithoutValidation("Content-Type", type);
        return server.PostAsync(content);
    }
}
