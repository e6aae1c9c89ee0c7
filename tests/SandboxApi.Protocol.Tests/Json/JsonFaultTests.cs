namespace SandboxApi.Protocol.Tests.Json;

public sealed class JsonFaultTests
{
    [Theory]
    [InlineData("", "is not valid JSON: it is empty (line 1, byte 1)")]
    [InlineData("{\n \"commands\": [\"ls\",\n ]\n}", "is not valid JSON: a comma stands before a closing bracket (line 3, byte 2)")]
    [InlineData("{\"commands\": [\"ls\"]", "is not valid JSON: it ends before its last bracket is closed (line 1, byte 20)")]
    [InlineData("{\"commands\": [\"ls", "is not valid JSON: it ends within a string (line 1, byte 18)")]
    [InlineData("{\"commands\": [\"ls\"]} x", "is not valid JSON: 'x' is invalid after a single JSON value. Expected end of data (line 1, byte 22)")]
    [InlineData("commands: [ls]", "is not valid JSON: 'c' is an invalid start of a value (line 1, byte 1)")]
    public void A_config_that_is_no_JSON_is_told_with_its_place(string json, string expected) =>
        Should.Throw<SandboxException>(() => ExecutionConfig.Parse(System.Text.Encoding.UTF8.GetBytes(json))).Violations.ShouldHaveSingleItem().Message.ShouldBe(expected);
}
