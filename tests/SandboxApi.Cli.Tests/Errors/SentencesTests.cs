using SandboxApi.Cli.Errors;

namespace SandboxApi.Cli.Tests.Errors;

public sealed class SentencesTests
{
    [Theory]
    [InlineData("The server at http://127.0.0.1:7000/ cannot be reached: it was refused. Check that it runs.", "The server at http://127.0.0.1:7000/ cannot be reached: it was refused")]
    [InlineData("One sentence.", "One sentence")]
    [InlineData("No full stop", "No full stop")]
    [InlineData("The file main.c is missing", "The file main.c is missing")]
    public void What_is_wrong_is_the_first_sentence(string message, string expected) => Sentences.First(message).ShouldBe(expected);

    [Fact]
    public void Of_several_cures_the_first_is_told_and_where_the_others_are() =>
        Sentences.Shortened("To do without, waive by name: a, b. To mend a: run x. To mend b: run y. To mend c: run z").ShouldBe("To do without, waive by name: a, b. To mend a: run x. For the others run 'sandbox doctor'");

    [Theory]
    [InlineData(SandboxErrorCode.Timeout, "The server at http://x/ was silent for 60 s (ReadTimeout, the longest silence allowed). Allow more, or null for no limit.", "sandbox: The server at http://x/ was silent for 60 s: try again, or wait longer with --server-timeout")]
    [InlineData(SandboxErrorCode.Busy, "No sandbox became free within 2 s; all 20 are in use. Try again later.", "sandbox: No sandbox became free within 2 s; all 20 are in use: try again in a moment")]
    [InlineData(SandboxErrorCode.Internal, "Environments cannot be stored in '/x': Read-only file system. Give the user that runs this program a writable directory there, or set DataDirectory to another one.", "sandbox: Environments cannot be stored in '/x': Read-only file system: Give the user that runs this program a writable directory there, or set --data-directory to another one")]
    public void One_error_has_one_advice_and_no_name_of_the_programs_own(SandboxErrorCode code, string message, string expected) =>
        ErrorReport.Of(new SandboxException(code, message)).Line.ShouldBe(expected);
}
