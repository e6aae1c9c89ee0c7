using System.Text;
using SandboxApi.Cli.Terminals;

namespace SandboxApi.Cli.Tests.Terminals;

public sealed class EscapeFilterTests
{
    [Theory]
    [InlineData("plain text\n\ttab\r\n", "plain text\n\ttab\r\n")]
    [InlineData("Grüße 日本 🙂", "Grüße 日本 🙂")]
    [InlineData("\e[31mred\e[0m", "\e[31mred\e[0m\e[0m")]
    [InlineData("\e[38;2;1;2;3mx", "\e[38;2;1;2;3mx\e[0m")]
    [InlineData("\e]52;c;ZXZpbA==\a", "␛]52;c;ZXZpbA==␇")]
    [InlineData("\e[2J", "␛[2J")]
    [InlineData("\e[6n", "␛[6n")]
    [InlineData("\e[?1049h", "␛[?1049h")]
    [InlineData("\eP$qm\e\\", "␛P$qm␛\\")]
    [InlineData("\ec", "␛c")]
    [InlineData("\e\e[2J", "␛␛[2J")]
    [InlineData("\e", "␛")]
    [InlineData("\e[31", "␛[31")]
    [InlineData("a\0b\x7F", "a␀b␡")]
    [InlineData("\u009b2J", "\uFFFD2J")]
    public void Only_colours_reach_the_terminal(string text, string expected)
    {
        Filtered(Encoding.UTF8.GetBytes(text), pieces: 1).ShouldBe(expected);
        Filtered(Encoding.UTF8.GetBytes(text), pieces: int.MaxValue).ShouldBe(expected, "however the text is cut");
    }

    [Fact]
    public void A_raw_control_of_an_8_bit_terminal_is_replaced()
    {
        Filtered([(byte)'a', 0x9B, (byte)'2', (byte)'J'], pieces: 1).ShouldBe("a\uFFFD2J");
    }

    [Fact]
    public void A_sequence_without_end_is_no_colour()
    {
        var text = "\e[" + new string('1', 1000) + "m";

        Filtered(Encoding.UTF8.GetBytes(text), pieces: 1).ShouldBe("␛" + text[1..]);
    }

    [Fact]
    public void No_control_but_line_breaks_tabs_and_colours_comes_out_of_random_bytes()
    {
        var random = new Random(1);
        for (var round = 0; round < 200; round++)
        {
            var bytes = new byte[500];
            random.NextBytes(bytes);
            for (var i = 0; i < bytes.Length; i += random.Next(1, 5))
                bytes[i] = (byte)"\e[;m0]\u009b\u00c2"[random.Next(8)];

            var text = Filtered(bytes, pieces: random.Next(1, 50));

            var controls = System.Text.RegularExpressions.Regex.Replace(text, @"\e\[[0-9;:]*m", "").Where(c => char.IsControl(c) && c is not ('\n' or '\r' or '\t' or '\b'));
            controls.ShouldBeEmpty();
        }
    }

    [Fact]
    public void A_line_of_our_own_stays_one_line()
    {
        EscapeFilter.Line("a\r\nb\e[2J\u009b").ShouldBe("a b␛[2J\uFFFD");
    }

    private static string Filtered(byte[] bytes, int pieces)
    {
        var filter = new EscapeFilter();
        using var output = new MemoryStream();
        foreach (var piece in bytes.Chunk(Math.Max(1, bytes.Length / pieces)))
            output.Write(filter.Filter(piece));
        output.Write(filter.Flush());
        return Encoding.UTF8.GetString(output.ToArray());
    }
}
