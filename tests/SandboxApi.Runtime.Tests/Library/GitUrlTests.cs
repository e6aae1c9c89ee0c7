using SandboxApi.Runtime.Library;

namespace SandboxApi.Runtime.Tests.Library;

public sealed class GitUrlTests
{
    [Theory]
    [InlineData("https://example.org/a.git")]
    [InlineData("http://user:secret@example.org:8080/a")]
    [InlineData("ssh://git@example.org/a")]
    [InlineData("git@example.org:team/a.git")]
    [InlineData("git://example.org/a")]
    [InlineData("file:///srv/a")]
    [InlineData("/srv/a b")]
    [InlineData("a")]
    public void Allows_what_git_can_clone_safely(string url) => GitUrl.Problem(url).ShouldBeNull();

    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData("--upload-pack=touch /tmp/x")]
    [InlineData("ext::sh -c id")]
    [InlineData("fd::17")]
    [InlineData("ftp://example.org/a")]
    [InlineData("https://example.org/a\nb")]
    public void Refuses_what_could_run_programs_or_is_no_address(string url) => GitUrl.Problem(url).ShouldNotBeNull();

    [Theory]
    [InlineData("https://user:secret@example.org/a", "https://***@example.org/a")]
    [InlineData("fatal: unable to access 'https://token@example.org/a/': no", "fatal: unable to access 'https://***@example.org/a/': no")]
    [InlineData("https://user:p@ss@example.org/a", "https://***@example.org/a")]
    [InlineData("https://example.org/a@b", "https://example.org/a@b")]
    [InlineData("git@example.org:a", "git@example.org:a")]
    public void Hides_credentials(string text, string expected) => GitUrl.Redact(text).ShouldBe(expected);
}
