using System.Text;
using SandboxApi.Runtime.Engine;
using SandboxApi.Runtime.Running;

namespace SandboxApi.Runtime.Tests.Engine;

/// <summary>The text of an output is the same however it came in pieces.</summary>
public sealed class OutputTextTests
{
    public static TheoryData<string, int, int> Texts => new()
    {
        { "x", 200_000, 0 },
        { "  x\n", 50_000, 0 },
        { " ", 200_000, 0 },
        { "\u001cx", 70_000, 0 },
        { "日本語 ", 30_000, 0 },
        { "日本語", 30_000, 1 },
        { "日本語", 30_000, 2 },
        { "é", 100_000, 1 },
        { "x\n", 100_000, 1 },
        { "", 0, 0 },
    };

    [Theory]
    [MemberData(nameof(Texts))]
    public void It_is_what_one_piece_would_give(string text, int times, int cut)
    {
        var bytes = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat(text, times)));
        bytes = bytes[..^cut];
        foreach (var step in (int[])[1000, 4096, 65_536])
        {
            using var output = Fill(bytes, step);
            OutputText.Decode(output, truncated: cut > 0).ShouldBe(OutputText.Decode(bytes, truncated: cut > 0));
        }
    }

    [Fact]
    public void White_space_around_is_taken_away_and_none_within()
    {
        using var output = Fill(Encoding.UTF8.GetBytes("\r\n\t " + new string('a', 150_000) + " \v\n" + new string('b', 10) + "\f\u001f\n"), 4096);

        var (text, isUtf8) = OutputText.Decode(output, truncated: false);

        text.ShouldBe(new string('a', 150_000) + " \v\n" + new string('b', 10));
        isUtf8.ShouldBeTrue();
    }

    [Fact]
    public void An_invalid_byte_is_replaced_and_told()
    {
        using var output = Fill([.. Enumerable.Repeat((byte)'a', 100_000), 0xFF, (byte)'b'], 4096);

        OutputText.Decode(output, truncated: false).ShouldBe((new string('a', 100_000) + "\uFFFDb", false));
    }

    private static OutputBuffer Fill(byte[] bytes, int step)
    {
        var output = new OutputBuffer();
        for (var at = 0; at < bytes.Length;)
        {
            var room = output.Room(Math.Min(step, bytes.Length - at));
            bytes.AsSpan(at, room.Length).CopyTo(room);
            at += output.Fill(room.Length).Length;
        }

        return output;
    }
}
