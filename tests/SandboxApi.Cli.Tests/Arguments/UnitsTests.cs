using SandboxApi.Cli.Arguments;

namespace SandboxApi.Cli.Tests.Arguments;

public sealed class UnitsTests
{
    [Theory]
    [InlineData("0", 0)]
    [InlineData("4096", 4096)]
    [InlineData("1k", 1024)]
    [InlineData("64MiB", 64 << 20)]
    [InlineData("64 mib", 64 << 20)]
    [InlineData("64M", 64 << 20)]
    [InlineData("64MB", 64_000_000)]
    [InlineData("1.5GiB", 3L << 29)]
    [InlineData("2T", 2L << 40)]
    [InlineData("99999999999999T", long.MaxValue)]
    public void Sizes_are_read(string text, long expected)
    {
        ByteSize.TryParse(text, out var bytes).ShouldBeTrue();
        bytes.ShouldBe(expected);
    }

    [Theory]
    [InlineData("")]
    [InlineData("-1")]
    [InlineData("MiB")]
    [InlineData("1.2.3")]
    [InlineData("1XiB")]
    [InlineData("1Mi")]
    [InlineData("1e9")]
    public void What_is_no_size_is_refused(string text) => ByteSize.TryParse(text, out _).ShouldBeFalse();

    [Theory]
    [InlineData("2", 2000)]
    [InlineData("0.5", 500)]
    [InlineData("2s", 2000)]
    [InlineData("500ms", 500)]
    [InlineData("500 ms", 500)]
    [InlineData("1.5m", 90_000)]
    [InlineData("1h", 3_600_000)]
    [InlineData("2d", 172_800_000)]
    [InlineData("0", 0)]
    public void Times_are_read(string text, double milliseconds)
    {
        Duration.TryParse(text, out var time).ShouldBeTrue();
        time.ShouldBe(TimeSpan.FromMilliseconds(milliseconds));
    }

    [Theory]
    [InlineData("")]
    [InlineData("s")]
    [InlineData("-1")]
    [InlineData("1x")]
    [InlineData("NaN")]
    [InlineData("0.0000000001")]
    public void What_is_no_time_is_refused(string text) => Duration.TryParse(text, out _).ShouldBeFalse();

    [Theory]
    [InlineData(0, "0 bytes")]
    [InlineData(1, "1 byte")]
    [InlineData(1023, "1023 bytes")]
    [InlineData(1L << 50, "1 PiB")]
    [InlineData(1536, "1.5 KiB")]
    [InlineData(256L << 20, "256 MiB")]
    [InlineData(-1, "no limit")]
    public void Sizes_are_written_for_people(long bytes, string expected) => ByteSize.Format(bytes).ShouldBe(expected);

    [Theory]
    [InlineData(0.25, "250 µs")]
    [InlineData(12.34, "12.3 ms")]
    [InlineData(10_000, "10 s")]
    public void Times_are_written_for_people(double milliseconds, string expected) => Duration.Format(TimeSpan.FromMilliseconds(milliseconds)).ShouldBe(expected);
}
