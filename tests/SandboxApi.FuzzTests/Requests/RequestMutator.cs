using System.Text;
using SandboxApi.FuzzTests.Fuzzing;
using SandboxApi.FuzzTests.Seeds;

namespace SandboxApi.FuzzTests.Requests;

/// <summary>Mutates a request: its content type, the parts of a multipart body and their headers, boundaries, the config within.</summary>
internal static class RequestMutator
{
    private static readonly string[] s_types =
    [
        "multipart/form-data; boundary=b", "multipart/form-data; boundary=\"b\"", "multipart/form-data; boundary=", "multipart/form-data; boundary=" + new string('b', 70), "multipart/form-data; boundary=" + new string('b', 10_000),
        "multipart/form-data; boundary=a; boundary=b", "multipart/form-data", "MULTIPART/FORM-DATA; BOUNDARY=b", "multipart/mixed; boundary=b", "application/json", "application/json; charset=utf-16", "application/x-www-form-urlencoded; charset=UTF-8", "*/*", "",
    ];

    private static readonly string[] s_headers =
    [
        "Content-Disposition: form-data; name=\"config\"", "Content-Disposition: form-data; name=\"environment\"; filename=\"x\"", "Content-Disposition: form-data; name=config; name=environment", "Content-Disposition: form-data",
        "Content-Disposition: attachment; name=config", "Content-Disposition: form-data; name=\"con\\fig\"", "content-disposition:form-data;name*=UTF-8''config", "Content-Type: application/json", "Content-Type: multipart/mixed; boundary=b", "Content-Transfer-Encoding: base64",
        "Content-Transfer-Encoding: 8bit", "Content-Length: 5", ": empty", "no colon", " folded", "X: " + new string('x', 5000),
    ];

    public static byte[] Mutate(Random random, byte[] input, FuzzCorpus corpus)
    {
        var line = Array.IndexOf(input, (byte)'\n');
        if (line < 0 || random.Next(6) == 0)
            return ByteMutator.Mutate(random, input, corpus);
        var type = Encoding.Latin1.GetString(input, 0, line);
        var body = input[(line + 1)..];
        switch (random.Next(8))
        {
            case 0:
                return RequestSeeds.Request(s_types[random.Next(s_types.Length)], body);
            case 1:
                return RequestSeeds.Request(type, Config(random));
            case 2:
                return RequestSeeds.Request(type, Replace(random, body, "\r\n", random.Next(2) == 0 ? "\n" : "\r\n\r\n"));
            case 3:
                return RequestSeeds.Request(type, Replace(random, body, "\r\n\r\n", $"\r\n{s_headers[random.Next(s_headers.Length)]}\r\n\r\n"));
            case 4:
                return RequestSeeds.Request("multipart/form-data; boundary=b", Rebuilt(random, corpus));
            case 5:
                return RequestSeeds.Request(type, Replace(random, body, "--b", random.Next(3) switch { 0 => "--b--", 1 => "--bb", _ => "--b \t" }));
            default:
                return RequestSeeds.Request(type, ByteMutator.Mutate(random, body, corpus));
        }
    }

    /// <summary>Parts of any headers and contents, many or few.</summary>
    private static byte[] Rebuilt(Random random, FuzzCorpus corpus)
    {
        var body = new MemoryStream();
        for (var parts = random.Next(30) == 0 ? 1100 : random.Next(6); parts > 0; parts--)
        {
            body.Write("--b\r\n"u8);
            for (var headers = random.Next(4); headers > 0; headers--)
                body.Write(Encoding.Latin1.GetBytes(s_headers[random.Next(s_headers.Length)] + "\r\n"));
            body.Write("\r\n"u8);
            body.Write(random.Next(2) == 0 ? Config(random) : ByteMutator.MutateOnce(random, corpus.Any(random), corpus));
            body.Write("\r\n"u8);
        }

        body.Write("--b--\r\n"u8);
        return body.ToArray();
    }

    private static byte[] Config(Random random) => Encoding.UTF8.GetBytes(RequestSeeds.Configs.ElementAt(random.Next(RequestSeeds.Configs.Count)).Value);

    /// <summary>One occurrence, any of them.</summary>
    private static byte[] Replace(Random random, byte[] body, string what, string with)
    {
        var text = Encoding.Latin1.GetString(body);
        var places = Enumerable.Range(0, text.Length).Where(at => string.CompareOrdinal(text, at, what, 0, what.Length) == 0).ToList();
        if (places.Count == 0)
            return body;
        var place = places[random.Next(places.Count)];
        return Encoding.Latin1.GetBytes(string.Concat(text.AsSpan(0, place), with, text.AsSpan(place + what.Length)));
    }
}
