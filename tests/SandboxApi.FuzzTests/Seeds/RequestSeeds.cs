using System.Text;
using SandboxApi.Runtime.Tests.Environments;

namespace SandboxApi.FuzzTests.Seeds;

/// <summary>Configs, and requests around them: the content type on the first line, the body below it.</summary>
internal static class RequestSeeds
{
    public static IReadOnlyDictionary<string, string> Configs { get; } = new Dictionary<string, string>
    {
        ["smallest"] = """{"commands":["true"]}""",
        ["all"] = """{"commands":["-make",{"command":"./main","timeout":0.5,"stdin":"in","limits":{"wall_time":1,"cpu_time":0.1,"memory":1000000,"processes":3,"output":10,"file_size":0}}],"environ":{"A":"1","B":2,"C":true,"D":null,"E":[1,{"f":2}]},"environment":"872b604c-9cce-42e2-8888-9a0311f3a724","result_path":"out/result","save":true,"stdin":"all","limits":{"memory":9007199254740993}}""",
        ["text"] = """{"commands":["echo \u00e9 \ud83d\ude00 é 😀 \\ \" \u0001"],"environ":{"ü":"ß"}}""",
        ["numbers"] = """{"commands":[{"command":"x","timeout":1e-9},{"command":"x","timeout":123456789012.1234567},{"command":"x","timeout":1E+300},{"command":"x","timeout":-0}]}""",
        ["twice"] = """{"commands":["a"],"commands":["b"],"save":false,"save":true,"environ":{"A":"1","A":"2"}}""",
        ["surrogate"] = """{"commands":["\ud800"]}""",
        ["nul"] = """{"commands":["a\u0000b"],"result_path":"\u0000"}""",
        ["wrong-types"] = """{"commands":[1,null,[],{}],"environ":[],"environment":5,"result_path":[],"save":1,"stdin":{},"limits":[]}""",
        ["deep"] = """{"commands":["x"],"other":""" + new string('[', 63) + new string(']', 63) + "}",
        ["too-deep"] = """{"commands":["x"],"other":""" + new string('[', 1000) + new string(']', 1000) + "}",
        ["cut"] = """{"commands":["tr""",
        ["comment"] = """{"commands":["x"],/* no */"save":true,}""",
    };

    public static IReadOnlyDictionary<string, byte[]> Requests { get; } = new Dictionary<string, byte[]>
    {
        ["json"] = Request("application/json", """{"commands":["true"]}"""u8),
        ["form"] = Request("application/x-www-form-urlencoded", "config=%7B%22commands%22%3A%5B%22true%22%5D%7D&other=1"u8),
        ["form-twice"] = Request("application/x-www-form-urlencoded", "config={}&config={}"u8),
        ["multipart"] = Multipart("b", Part("name=\"config\"", """{"commands":["true"]}"""u8), Part("name=\"environment\"; filename=\"e.tgz\"", TarBytes.Gzip("x"u8))),
        ["multipart-archive-first"] = Multipart("\"quoted boundary\"", Part("name=environment; filename*=UTF-8''e%20.tgz", [0, 1, 2, 255]), Part("name=config; filename=c.json", """{"commands":["true"]}"""u8)),
        ["multipart-other-fields"] = Multipart("b", Part("name=\"\"", "x"u8), Part("name=\"other\"", new byte[5000]), Part("name=\"config\"", """{"commands":["true"]}"""u8)),
        ["multipart-empty-file"] = Multipart("b", Part("name=\"config\"", """{"commands":["true"]}"""u8), Part("name=\"environment\"; filename=\"\"", [])),
        ["multipart-twice"] = Multipart("b", Part("name=\"config\"", "{}"u8), Part("name=\"config\"", "{}"u8)),
        ["multipart-nested"] = Multipart("b", Part("name=\"config\"\r\nContent-Type: multipart/mixed; boundary=c", "--c\r\n\r\nx\r\n--c--"u8)),
        ["multipart-no-end"] = Request("multipart/form-data; boundary=b", "--b\r\nContent-Disposition: form-data; name=\"config\"\r\n\r\n{}"u8),
        ["multipart-no-boundary"] = Request("multipart/form-data", "--b--"u8),
        ["multipart-encoded"] = Multipart("b", Part("name=\"config\"\r\nContent-Transfer-Encoding: base64", "e30="u8)),
        ["other-type"] = Request("text/plain", "x"u8),
    };

    public static byte[] Request(string contentType, ReadOnlySpan<byte> body) => [.. Encoding.Latin1.GetBytes(contentType), (byte)'\n', .. body];

    public static byte[] Part(string parameters, ReadOnlySpan<byte> content) => [.. Encoding.Latin1.GetBytes($"Content-Disposition: form-data; {parameters}\r\n\r\n"), .. content, .. "\r\n"u8];

    public static byte[] Multipart(string boundary, params byte[][] parts)
    {
        var line = Encoding.Latin1.GetBytes("--" + boundary.Trim('"'));
        return Request($"multipart/form-data; boundary={boundary}", [.. parts.SelectMany(part => line.Concat("\r\n"u8.ToArray()).Concat(part)), .. line, .. "--\r\n"u8]);
    }
}
