using SandboxApi.Server.Configuration;

namespace SandboxApi.Server.Tests.Configuration;

public sealed class NearestTests
{
    [Theory]
    [InlineData("exce", "exec")]
    [InlineData("exe", "exec")]
    [InlineData("EXEC", "exec")]
    [InlineData("downlod", "download")]
    [InlineData("dwonlaod", "download")]
    [InlineData("downloads", "download")]
    [InlineData("xyz", null)]
    [InlineData("a", null)]
    [InlineData("", null)]
    public void A_slip_is_seen_and_a_stranger_is_not(string typed, string? expected) => Nearest.Of(typed, ["exec", "serve", "download", "doctor"]).ShouldBe(expected);
}
