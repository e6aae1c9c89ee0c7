using System.Text;
using SandboxApi.Cli.Arguments;
using SandboxApi.Cli.Errors;

namespace SandboxApi.Cli.Tests.Arguments;

public sealed class RawArgumentsTests
{
    [Fact]
    public void Bytes_that_are_no_text_are_named_with_their_argument_and_place()
    {
        byte[] raw = [.. "dotnet\0sandbox.dll\0exec\0echo "u8, 0xE9, .. "\0"u8];

        var refused = Should.Throw<CliException>(() => RawArguments.EnsureText(["exec", "echo \uFFFD"], () => raw));

        refused.IsUsage.ShouldBeTrue();
        refused.Message.ShouldBe("argument 2 ('echo \uFFFD') is not UTF-8 text: its byte 6 is 0xE9");
    }

    [Fact]
    public void The_replacement_character_itself_is_text() =>
        RawArguments.EnsureText(["exec", "echo \uFFFD"], () => Encoding.UTF8.GetBytes("sandbox\0exec\0echo \uFFFD\0"));

    [Fact]
    public void Bytes_are_not_looked_at_where_all_is_text() =>
        RawArguments.EnsureText(["exec", "écho"], () => throw new InvalidOperationException("was read"));

    [Fact]
    public void A_variable_is_named_with_its_byte()
    {
        byte[] raw = [.. "A=x\0NAME=ab"u8, 0xFF, .. "\0"u8];

        Should.Throw<CliException>(() => RawArguments.EnsureText("NAME", "ab\uFFFD", () => raw)).Message.ShouldBe("the variable NAME is not UTF-8 text: byte 3 of its value is 0xFF");
    }
}
