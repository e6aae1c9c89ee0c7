using System.Formats.Tar;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using SandboxApi.Soak.Running;

namespace SandboxApi.Soak.Kinds;

/// <summary>Requests that are refused: bad configs, hostile archives, bodies that are none.</summary>
internal static class RefusalKinds
{
    private static readonly string[] s_configs =
    [
        "", "not json", "[]", "null", "{}", """{"commands": ["true" """, """{"commands": []}""", """{"commands": "true"}""", """{"commands": [1]}""", """{"commands": [{}]}""",
        """{"commands": [{"command": "true", "timeout": "1"}]}""", """{"commands": [{"command": "true", "timeout": -1}]}""", """{"commands": [{"command": "true", "timeout": 1e999}]}""",
        """{"commands": ["echo \u0000"]}""", """{"commands": ["true"], "environ": []}""", """{"commands": ["true"], "environ": {"A=B": "x"}}""", """{"commands": ["true"], "result_path": 1}""",
        """{"commands": ["true"], "save": "yes"}""", """{"commands": ["true"], "limits": {"memory": "much"}}""", """{"commands": ["true"], "limits": {"unknown": 1}}""",
    ];

    internal static IEnumerable<Kind> All(ServerFacts facts)
    {
        yield return new("bad-config", 25, BadConfig);
        yield return new("bad-body", 8, BadBody);
        yield return new("unreadable-archive", 15, UnreadableArchive);
        yield return new("hostile-archive", 15, HostileArchive);
        if (facts.Storage <= 256 << 20)
            yield return new("archive-bomb", 3, dice => ArchiveBomb(facts.Storage));
    }

    private static Work BadConfig(Dice dice)
    {
        var config = dice.Pick<string>(s_configs);
        return session => PostAsync(session, () => new FormUrlEncodedContent([new("config", config)]), HttpStatusCode.BadRequest, "invalid_config");
    }

    private static Work BadBody(Dice dice)
    {
        var (type, body, status, code) = dice.Pick(
            ("multipart/form-data; boundary=b", "no multipart at all", HttpStatusCode.BadRequest, "invalid_request"),
            ("multipart/form-data; boundary=b", "--b\r\nContent-Disposition: form-data; name=\"other\"\r\n\r\n{}\r\n--b--\r\n", HttpStatusCode.BadRequest, "invalid_config"),
            ("multipart/form-data; boundary=b", "--b\r\nContent-Disposition: form-data; name=\"config\"\r\n\r\n{\"commands\": [\"true\"]}", HttpStatusCode.BadRequest, "invalid_request"),
            ("text/plain", "echo", HttpStatusCode.UnsupportedMediaType, "invalid_request"));
        return session => PostAsync(session, () => new ByteArrayContent(Encoding.UTF8.GetBytes(body)) { Headers = { ContentType = MediaTypeHeaderValue.Parse(type) } }, status, code);
    }

    private static Work UnreadableArchive(Dice dice)
    {
        var good = Archives.Of(Archives.File("file", dice.Bytes(dice.Number(2000, 50_000))));
        var flipped = (byte[])good.Clone();
        flipped[^6] ^= 1;
        var archive = dice.Pick(
            "this is no archive at all"u8.ToArray(),
            dice.Bytes(dice.Number(1, 2000)),
            good[..dice.Number(1, good.Length - 1)],
            flipped,
            Archives.Gzip("this is compressed, but no tar"u8.ToArray()),
            Archives.Gzip(dice.Bytes(5000)),
            [.. good, .. "and more"u8]);
        return session => session.RefusedAsync(SandboxErrorCode.InvalidArchive, ExecutionConfig.Of("echo never"), archive);
    }

    /// <summary>Refused, or contained: nothing of it is outside of the working directory.</summary>
    private static Work HostileArchive(Dice dice)
    {
        var name = "escaped-" + dice.Word(8);
        var content = Encoding.UTF8.GetBytes(name);
        var archive = dice.Pick(
            Archives.Of(Archives.File("../" + name, content)),
            Archives.Of(Archives.File($"a/b/../../../../{name}", content)),
            Archives.Of(Archives.File("/tmp/" + name, content)),
            Archives.Of(Archives.Link(TarEntryType.SymbolicLink, "d", "/tmp"), Archives.File("d/" + name, content)),
            Archives.Of(Archives.Link(TarEntryType.SymbolicLink, "d", "../../tmp"), Archives.File("d/" + name, content)),
            Archives.Of(Archives.Link(TarEntryType.HardLink, "h", "/etc/passwd")),
            Archives.Of(Archives.Link(TarEntryType.HardLink, "h", "../../etc/passwd")),
            Archives.Of(new PaxTarEntry(TarEntryType.BlockDevice, "h") { DeviceMajor = 8, DeviceMinor = 0 }),
            Archives.Of(new PaxTarEntry(TarEntryType.Fifo, "h")));
        return async session =>
        {
            try
            {
                var result = await session.ExecuteAsync(ExecutionConfig.Of($"ls -A /tmp /dev/shm /home | grep {name}; test -b h && echo device; test -p h && echo pipe; grep -s root: h; true"), archive);
                session.Equal("what escaped", "", result.Execution[0].Stdout);
            }
            catch (SandboxBadRequestException refused)
            {
                session.Refused(SandboxErrorCode.InvalidArchive, refused);
            }
        };
    }

    private static Work ArchiveBomb(long storage) => session =>
        session.RefusedAsync(SandboxErrorCode.TooLarge, ExecutionConfig.Of("echo never"), Archives.Of(Archives.File("bomb", new byte[storage + (1 << 20)])));

    /// <summary>A body as no client of ours would send it.</summary>
    private static async Task PostAsync(Session session, Func<HttpContent> body, HttpStatusCode status, string code)
    {
        using var content = body();
        var sent = await content.ReadAsStringAsync(session.CancellationToken);
        session.Exchanges.Add(() => $"> {content.Headers.ContentType} {sent}");
        var answer = await session.WhenFreeAsync(async () =>
        {
            using var once = body();
            using var response = await session.Http.PostAsync(new Uri("execute/", UriKind.Relative), once, session.CancellationToken);
            var text = await response.Content.ReadAsStringAsync(session.CancellationToken);
            return response.StatusCode == HttpStatusCode.ServiceUnavailable ? throw SandboxHttpException.From(response, text) : (response.StatusCode, Text: text);
        });
        session.Exchanges.Add(() => $"< {(int)answer.StatusCode} {answer.Text}");
        session.Note($"{(int)answer.StatusCode}");
        session.Equal("status", status, answer.StatusCode);
        using var problem = JsonDocument.Parse(answer.Text);
        session.Equal("code", code, problem.RootElement.GetProperty("code").GetString());
    }
}
