using SandboxApi.Server.Configuration;

namespace SandboxApi.Server.Tests.Configuration;

public sealed class TextTests
{
    [Theory]
    [InlineData("0", 0)]
    [InlineData("65536", 65536)]
    [InlineData("100MB", 100_000_000)]
    [InlineData("256MiB", 256L << 20)]
    [InlineData("256mib", 256L << 20)]
    [InlineData("1.5G", 3L << 29)]
    [InlineData(" 2 kB ", 2000)]
    [InlineData("4K", 4096)]
    [InlineData("7B", 7)]
    [InlineData("9223372036854775807", long.MaxValue)]
    public void A_size_is_read(string text, long bytes)
    {
        SizeText.TryParse(text, out var read).ShouldBeTrue();
        read.ShouldBe(bytes);
    }

    [Theory]
    [InlineData("")]
    [InlineData("MiB")]
    [InlineData("-1")]
    [InlineData("1.5")]
    [InlineData("1,5K")]
    [InlineData("1e3")]
    [InlineData("1XB")]
    [InlineData("9223372036854775808")]
    [InlineData("8388608TiB")]
    public void What_is_no_size_is_refused(string text) => SizeText.TryParse(text, out _).ShouldBeFalse();

    [Theory]
    [InlineData("10s", 10_000)]
    [InlineData("500ms", 500)]
    [InlineData("2.5", 2500)]
    [InlineData("1 min", 60_000)]
    [InlineData("90m", 5_400_000)]
    [InlineData("24h", 86_400_000)]
    [InlineData("2d", 172_800_000)]
    [InlineData("01:30:00", 5_400_000)]
    [InlineData("1:00:00.5", 3_600_500)]
    [InlineData("1.02:00:00", 93_600_000)]
    [InlineData("0", 0)]
    public void A_time_is_read(string text, double milliseconds)
    {
        TimeText.TryParse(text, out var read).ShouldBeTrue();
        read.TotalMilliseconds.ShouldBe(milliseconds);
    }

    [Theory]
    [InlineData("")]
    [InlineData("s")]
    [InlineData("-1s")]
    [InlineData("-00:00:01")]
    [InlineData("1:2")]
    [InlineData("1y")]
    [InlineData("99999999999d")]
    public void What_is_no_time_is_refused(string text) => TimeText.TryParse(text, out _).ShouldBeFalse();

    [Fact]
    public void A_time_that_is_not_zero_does_not_become_zero()
    {
        TimeText.TryParse("0.00000001s", out var read).ShouldBeTrue();
        read.ShouldBeGreaterThan(TimeSpan.Zero);
    }

    [Theory]
    [InlineData(0, "0")]
    [InlineData(1000, "1000")]
    [InlineData(1024, "1KiB")]
    [InlineData(256L << 20, "256MiB")]
    [InlineData(1L << 30, "1GiB")]
    public void A_size_is_written_so_that_it_reads_back(long bytes, string text)
    {
        SizeText.Format(bytes).ShouldBe(text);
        SizeText.TryParse(text, out var read).ShouldBeTrue();
        read.ShouldBe(bytes);
    }

    [Theory]
    [InlineData(0, "0s")]
    [InlineData(2, "2s")]
    [InlineData(120, "2m")]
    [InlineData(86_400, "24h")]
    [InlineData(0.25, "250ms")]
    public void A_time_is_written_so_that_it_reads_back(double seconds, string text)
    {
        TimeText.Format(TimeSpan.FromSeconds(seconds)).ShouldBe(text);
        TimeText.TryParse(text, out var read).ShouldBeTrue();
        read.TotalSeconds.ShouldBe(seconds);
    }
}
