using Microsoft.Extensions.Logging;
using SandboxApi.Server.Logging;

namespace SandboxApi.Server.Tests.Logging;

public sealed class TextLineTests
{
    private static readonly DateTimeOffset s_time = new(2026, 11, 30, 9, 3, 31, 123, TimeSpan.Zero);

    [Fact]
    public void A_line_is_key_and_value_with_the_events_name_once() =>
        TextLine.Format(Entry("LogSomethingDone", ("Run", "0HN:1"), ("Verdict", Verdict.CpuTime), ("RunSeconds", 1.23456), ("Bytes", 5L), ("Grace", TimeSpan.FromSeconds(15)), ("Key", null)))
            .ShouldBe("time=2026-11-30T09:03:31.123Z level=info event=something_done run=0HN:1 verdict=cpu_time run_seconds=1.2346 bytes=5 grace=15");

    [Theory]
    [InlineData("", "\"\"")]
    [InlineData("plain-text/1.0", "plain-text/1.0")]
    [InlineData("two words", "\"two words\"")]
    [InlineData("a=b", "\"a=b\"")]
    [InlineData("a\"b\\c", "\"a\\\"b\\\\c\"")]
    [InlineData("x\nlevel=error event=fake", "\"x\\nlevel=error event=fake\"")]
    [InlineData("\r\n\t", "\"\\r\\n\\t\"")]
    [InlineData("\u001b[2J\u0000\u007f\u009b", "\"\\u{1b}[2J\\u{0}\\u{7f}\\u{9b}\"")]
    [InlineData("\u202eabc\u2028\u2029\u200b\ufeff", "\"\\u{202e}abc\\u{2028}\\u{2029}\\u{200b}\\u{feff}\"")]
    [InlineData("ü€😀", "\"ü€😀\"")]
    public void A_value_stays_within_its_quotes_and_on_its_line(string value, string written) =>
        TextLine.Format(Entry("E", ("Value", value))).ShouldEndWith($" event=e value={written}");

    [Fact]
    public void Half_a_surrogate_pair_is_no_way_out() =>
        TextLine.Format(Entry("E", ("Value", "\ud800\n\udc00"))).ShouldEndWith(" value=\"\ufffd\\n\ufffd\"");

    [Fact]
    public void A_long_value_is_cut() => TextLine.Format(Entry("E", ("Value", new string('x', 100_000)))).Length.ShouldBeLessThan(1200);

    [Fact]
    public void A_sentence_and_an_exception_follow_the_values()
    {
        var line = TextLine.Format(Entry("LogOdd", ("Slot", 3)) with { Message = "Slot 3 is odd", Exception = new InvalidOperationException("first\nsecond") });
        line.ShouldEndWith(" event=odd slot=3 msg=\"Slot 3 is odd\" exception=\"System.InvalidOperationException: first\\nsecond\"");
    }

    [Fact]
    public void A_json_line_is_one_object_whatever_is_in_it()
    {
        var line = JsonLine.Format(Entry("LogOdd", ("Text", "a\n\"\u001b\u202e<ü"), ("Seconds", 0.5), ("Many", 7L), ("Verdict", Verdict.Ok)) with { Exception = new InvalidOperationException("x\ny") });
        line.ShouldAllBe(c => c >= ' ' && c < '\x7f');
        var json = System.Text.Json.JsonDocument.Parse(line).RootElement;
        json.GetProperty("Event").GetString().ShouldBe("odd");
        json.GetProperty("Message").GetString().ShouldBe("odd");
        json.GetProperty("LogLevel").GetString().ShouldBe("Information");
        json.GetProperty("State").GetProperty("Text").GetString().ShouldBe("a\n\"\u001b\u202e<ü");
        json.GetProperty("State").GetProperty("Seconds").GetDouble().ShouldBe(0.5);
        json.GetProperty("State").GetProperty("Many").GetInt64().ShouldBe(7);
        json.GetProperty("State").GetProperty("Verdict").GetString().ShouldBe("ok");
        json.GetProperty("Exception").GetString()!.ShouldContain("x\ny");
    }

    private static LogEntry Entry(string name, params (string Name, object? Value)[] values) =>
        new(s_time, LogLevel.Information, "SandboxApi.Test", new EventId(1, name), [.. values.Select(value => KeyValuePair.Create(value.Name, value.Value))]);
}
