using System.Text;
using SandboxApi.Json;

namespace SandboxApi.Protocol.Tests.Json;

public sealed class Utf8TextTests
{
    private const string Json = """{"commands":["echo é"]}""";

    [Fact]
    public void A_byte_that_is_no_utf8_is_named_with_its_place()
    {
        var message = Should.Throw<SandboxException>(() => ExecutionConfig.Parse(Encoding.Latin1.GetBytes(Json))).Message;
        message.ShouldContain("0xE9 at offset 19");
        message.ShouldContain("after '{\"commands\":[\"echo '");
        message.ShouldNotContain("surrogate");
    }

    [Theory]
    [InlineData(new byte[] { 0xC0, 0xAF })]
    [InlineData(new byte[] { 0xED, 0xA0, 0x80 })]
    [InlineData(new byte[] { 0xF4, 0x90, 0x80, 0x80 })]
    [InlineData(new byte[] { 0xE2, 0x82 })]
    [InlineData(new byte[] { 0x80 })]
    [InlineData(new byte[] { 0xFF })]
    public void Overlong_surrogate_cut_and_stray_bytes_are_named(byte[] bytes) =>
        Utf8Text.Fault([.. "ü€😀 "u8, .. bytes]).ShouldNotBeNull().ShouldContain($"0x{bytes[0]:X2} at offset 10, after 'ü€😀 '");

    [Theory]
    [InlineData("")]
    [InlineData("{}")]
    [InlineData("ü€😀\u0001")]
    public void Utf8_has_no_fault(string text) => Utf8Text.Fault(Encoding.UTF8.GetBytes(text)).ShouldBeNull();

    [Fact]
    public void A_byte_order_mark_is_passed_over() =>
        ExecutionConfig.Parse(Encoding.UTF8.GetPreamble().Concat(Encoding.UTF8.GetBytes(Json)).ToArray()).Commands.Single().Text.ShouldBe("echo é");

    [Theory]
    [InlineData("utf-16", "UTF-16 (little-endian)")]
    [InlineData("utf-16BE", "UTF-16 (big-endian)")]
    [InlineData("utf-32", "UTF-32 (little-endian)")]
    [InlineData("utf-32BE", "UTF-32 (big-endian)")]
    public void Utf16_and_utf32_are_named_with_and_without_their_mark(string name, string told)
    {
        var encoding = Encoding.GetEncoding(name);
        foreach (var json in new[] { Json, "{}" })
        {
            Utf8Text.Fault(encoding.GetBytes(json)).ShouldNotBeNull().ShouldContain(told);
            Utf8Text.Fault([.. encoding.GetPreamble(), .. encoding.GetBytes(json)]).ShouldNotBeNull().ShouldContain(told);
        }
    }
}
