using System.Text;
using System.Text.Json.Nodes;

namespace SandboxApi.Protocol.Tests.Json;

/// <summary>Clients with types send every field they know, and null for those that are not set.</summary>
public sealed class NullTests
{
    private const string Whole = """
        {"commands": [{"command": "x", "timeout": 1, "stdin": "a", "limits": {"wall_time": 1, "cpu_time": 1, "memory": 1, "processes": 1, "output": 1, "file_size": 1}}],
         "environ": {"A": "1"}, "environment": "872b604c-9cce-42e2-8888-9a0311f3a724", "result_path": "r", "save": true, "stdin": "b",
         "limits": {"wall_time": 1, "cpu_time": 1, "memory": 1, "processes": 1, "output": 1, "file_size": 1}}
        """;

    [Fact]
    public void Null_in_any_optional_field_is_as_if_the_field_were_absent()
    {
        foreach (var path in Paths(JsonNode.Parse(Whole)!.AsObject(), []).Where(path => path[^1] is not ("commands" or "command") && path[0] + path[^1] != "environA"))
        {
            var (withNull, without) = (JsonNode.Parse(Whole)!, JsonNode.Parse(Whole)!);
            Parent(withNull, path)[path[^1]] = null;
            Parent(without, path).Remove(path[^1]);
            Encoding.UTF8.GetString(Parse(withNull).ToJson()).ShouldBe(Encoding.UTF8.GetString(Parse(without).ToJson()), string.Join('.', path));
        }
    }

    [Theory]
    [InlineData("""{"commands": null}""", "commands")]
    [InlineData("""{"commands": [null]}""", "commands[0]")]
    [InlineData("""{"commands": [{"command": null}]}""", "commands[0]")]
    public void Null_in_a_required_field_is_refused_with_its_name(string json, string field) =>
        Should.Throw<SandboxException>(() => Parse(JsonNode.Parse(json)!)).Violations.Single().Field.ShouldBe(field);

    [Theory]
    [InlineData("268435456.0", 268435456)]
    [InlineData("2e3", 2000)]
    public void A_whole_number_may_be_written_with_a_point_or_an_exponent(string text, long value) =>
        ExecutionConfig.Parse(Encoding.UTF8.GetBytes($$$"""{"commands": ["x"], "limits": {"memory": {{{text}}}}}""")).Limits!.Memory.ShouldBe(value);

    private static IEnumerable<string[]> Paths(JsonObject node, string[] above)
    {
        foreach (var (name, value) in node)
        {
            yield return [.. above, name];
            var inner = value is JsonArray { Count: 1 } list ? list[0] : value;
            if (inner is JsonObject child)
                foreach (var path in Paths(child, [.. above, name]))
                    yield return path;
        }
    }

    private static JsonObject Parent(JsonNode root, string[] path)
    {
        foreach (var name in path[..^1])
            root = root[name] is JsonArray list ? list[0]! : root[name]!;
        return root.AsObject();
    }

    private static ExecutionConfig Parse(JsonNode json) => ExecutionConfig.Parse(Encoding.UTF8.GetBytes(json.ToJsonString()));
}
