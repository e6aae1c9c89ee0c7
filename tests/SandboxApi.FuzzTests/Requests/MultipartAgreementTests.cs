using System.Text;
using CsCheck;
using Microsoft.AspNetCore.Http;
using SandboxApi.Server.Execute;

namespace SandboxApi.FuzzTests.Requests;

/// <summary>What every reader of forms understands alike, ours does too.</summary>
public sealed class MultipartAgreementTests : IDisposable
{
    private static readonly Gen<string> s_boundary = Gen.Char["abcXYZ0189'_-"].Array[1, 70].Select(chars => new string(chars));

    private static readonly Gen<(string Name, string? FileName, byte[] Content)> s_other =
        Gen.Select(Gen.OneOf(Gen.Const("x"), Gen.Const("name"), Gen.Const("")), Gen.OneOf(Gen.Const((string?)null), Gen.Const((string?)"f.txt")), Gen.Byte.Array[0, 300], (name, file, content) => (name, file, content));

    private readonly string directory = Directory.CreateTempSubdirectory("fuzz-spool-").FullName;

    public void Dispose() => Directory.Delete(directory, recursive: true);

    [Fact(Timeout = 600_000)]
    public async Task A_form_has_the_config_and_the_archive_that_the_framework_reads()
    {
        using var spool = Spool.Open(directory);
        var reader = new MultipartConfigReader(new(), spool);
        await Gen.Select(s_boundary, Gen.Byte.Array[0, 5000], Gen.Bool, Gen.Bool, s_other.Array[0, 4], Gen.Int[0, 100_000]).SampleAsync(
            async (boundary, archive, configIsFile, quotes, others, order) =>
            {
                var config = """{"commands":["echo é"],"environ":{"N":"v"}}""";
                (string Name, string? FileName, byte[] Content)[] parts = [("config", configIsFile ? "c.json" : null, Encoding.UTF8.GetBytes(config)), ("environment", "e.tgz", archive), .. others];
                new Random(order).Shuffle(parts);
                var body = Body(boundary, quotes, parts);
                if (parts.Any(part => part.Content.AsSpan().IndexOf(Encoding.ASCII.GetBytes("\r\n--" + boundary)) >= 0))
                    return;

                var context = new DefaultHttpContext();
                context.Request.ContentType = $"multipart/form-data; boundary=\"{boundary}\"";
                context.Request.Body = new MemoryStream(body);
                var form = await context.Request.ReadFormAsync();
                using var expected = new MemoryStream();
                await form.Files["environment"]!.CopyToAsync(expected);
                var text = configIsFile ? await new StreamReader(form.Files["config"]!.OpenReadStream()).ReadToEndAsync() : form["config"].ToString();

                await using var request = await reader.ReadAsync(new MemoryStream(body), boundary, BodyCharset.Of(default), CancellationToken.None);
                request.Config.ToJson().ShouldBe(ExecutionConfig.Parse(Encoding.UTF8.GetBytes(text)).ToJson());
                var read = new byte[request.Environment!.Length];
                await request.Environment.ReadExactlyAsync(read);
                read.ShouldBe(expected.ToArray());
            },
            iter: 500,
            threads: 1);
    }

    private static byte[] Body(string boundary, bool quotes, IEnumerable<(string Name, string? FileName, byte[] Content)> parts)
    {
        var body = new MemoryStream();
        foreach (var (name, fileName, content) in parts)
        {
            var q = quotes || name.Length == 0 ? "\"" : "";
            body.Write(Encoding.ASCII.GetBytes($"--{boundary}\r\nContent-Disposition: form-data; name={q}{name}{q}{(fileName is null ? "" : $"; filename={q}{fileName}{q}")}\r\n\r\n"));
            body.Write(content);
            body.Write("\r\n"u8);
        }

        body.Write(Encoding.ASCII.GetBytes($"--{boundary}--\r\n"));
        return body.ToArray();
    }
}
