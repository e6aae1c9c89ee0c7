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
            OutputText.Decode(output, OutputEdges.Trim | Cut(cut)).ShouldBe(OutputText.Decode(bytes, OutputEdges.Trim | Cut(cut)));
            Exact(OutputText.Decode(output, Cut(cut))).ShouldBe(Exact(OutputText.Decode(bytes, Cut(cut))));
        }
    }

    [Fact]
    public void White_space_around_is_taken_away_and_none_within()
    {
        using var output = Fill(Encoding.UTF8.GetBytes("\r\n\t " + new string('a', 150_000) + " \v\n" + new string('b', 10) + "\f\u001f\n"), 4096);

        var (text, isUtf8, _) = OutputText.Decode(output, OutputEdges.Trim);

        text.ShouldBe(new string('a', 150_000) + " \v\n" + new string('b', 10));
        isUtf8.ShouldBeTrue();
    }

    [Fact]
    public void An_invalid_byte_is_replaced_and_told()
    {
        using var output = Fill([.. Enumerable.Repeat((byte)'a', 100_000), 0xFF, (byte)'b'], 4096);

        OutputText.Decode(output, OutputEdges.Trim).ShouldBe(new DecodedOutput(new string('a', 100_000) + "\uFFFDb", false, null));
    }

    public static TheoryData<byte[], string, bool> Cuts => new()
    {
        { [(byte)'a', 0xC3], "a", true },
        { [(byte)'a', 0xE6, 0x97], "a", true },
        { [(byte)'a', 0xF0, 0x9F, 0x8E], "a", true },
        { [(byte)'a', 0xFF], "a\uFFFD", false },
        { [(byte)'a', 0xC0], "a\uFFFD", false },
        { [(byte)'a', 0xF5, 0x80], "a\uFFFD\uFFFD", false },
        { [(byte)'a', 0xE0, 0x80], "a\uFFFD\uFFFD", false },
        { [(byte)'a', 0xED, 0xA0], "a\uFFFD\uFFFD", false },
        { [(byte)'a', 0x80], "a\uFFFD", false },
        { [0xC3], "", true },
    };

    [Theory]
    [MemberData(nameof(Cuts))]
    public void Only_what_could_have_become_a_character_is_the_cuts_doing(byte[] bytes, string text, bool isUtf8)
    {
        OutputText.Decode(bytes, OutputEdges.CutEnd | OutputEdges.Trim).ShouldBe(new DecodedOutput(text, isUtf8, null));

        // Exact output tells the bytes of the cut character all the same.
        var exact = OutputText.Decode(bytes, OutputEdges.CutEnd);
        (exact.Text, exact.IsUtf8).ShouldBe((text, isUtf8));
        exact.Bytes.ShouldBe(bytes);
    }

    [Fact]
    public void The_rest_of_a_character_at_the_beginning_is_the_cuts_doing_too()
    {
        byte[] bytes = [0x9F, 0x8E, 0x89, (byte)'a', (byte)' '];

        OutputText.Decode(bytes, OutputEdges.CutStart).Text.ShouldBe("a ");
        OutputText.Decode(bytes, OutputEdges.CutStart).IsUtf8.ShouldBeTrue();
        OutputText.Decode([0x80, .. bytes], OutputEdges.CutStart).IsUtf8.ShouldBeFalse();
    }

    private static OutputEdges Cut(int bytes) => bytes > 0 ? OutputEdges.CutEnd : OutputEdges.None;

    private static (string Text, bool IsUtf8, string? Bytes) Exact(DecodedOutput output) => (output.Text, output.IsUtf8, output.Bytes is { } bytes ? Convert.ToHexString(bytes) : null);

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
