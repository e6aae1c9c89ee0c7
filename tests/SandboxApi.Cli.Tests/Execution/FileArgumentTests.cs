namespace SandboxApi.Cli.Tests.Execution;

public sealed class FileArgumentTests
{
    [Theory]
    [InlineData("'/dev/zero' is a device, which has no end", "/dev/zero=f")]
    [InlineData("'/etc' is a directory: pack directories with --dir", "/etc=f")]
    [InlineData("'/does/not/exist' cannot be read (there is no such file)", "/does/not/exist=f")]
    [InlineData("leads out of the environment", "/etc/hostname=../f")]
    public async Task Each_is_refused_for_its_own_reason(string expected, string file)
    {
        var result = await new Cli().RunAsync("exec", "--file", file, "x");

        result.ExitCode.ShouldBe(125);
        result.ErrorLine.ShouldContain(expected);
    }

    [Fact]
    public async Task A_loop_of_links_is_called_one()
    {
        using var directory = new TemporaryDirectory();
        File.CreateSymbolicLink(directory["a"], "b");
        File.CreateSymbolicLink(directory["b"], "a");

        (await new Cli().RunAsync("exec", "--file", $"{directory["a"]}=f", "x")).ErrorLine.ShouldContain("cannot be read (Too many levels of symbolic links");
    }
}
