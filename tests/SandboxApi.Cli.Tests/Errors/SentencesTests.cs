using System.Net;
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

    [Theory]
    [InlineData("It is wrong. Mend it.", "It is wrong", "Mend it")]
    [InlineData("It is wrong; mend it.", "It is wrong", "mend it")]
    [InlineData("It is wrong; very wrong; mend it", "It is wrong; very wrong", "mend it")]
    [InlineData("It is wrong.", "It is wrong", null)]
    [InlineData("It is not JSON (line 3. Something; else). Mend it.", "It is not JSON (line 3. Something; else)", "Mend it")]
    [InlineData("The file 'a. B; c' is the server's own.", "The file 'a. B; c' is the server's own", null)]
    [InlineData("It is wrong. To mend a, b: run x.", "It is wrong", "To mend a, b: run x")]
    [InlineData("It is wrong. To mend a: run x ('sandbox doctor' tells of what else is missing).", "It is wrong", "To mend a: run x ('sandbox doctor' tells of what else is missing)")]
    [InlineData("It is wrong. Set it to another. To mend a: run x.", "It is wrong", "Set it to another")]
    public void An_advice_is_what_comes_behind_and_of_several_the_first(string message, string what, string? advice) => Sentences.Split(message).ShouldBe((what, advice));

    [Theory]
    [InlineData(SandboxErrorCode.Timeout, "The server at http://x/ was silent for 60 s (ReadTimeout, the longest silence allowed). Allow more, or null for no limit.", "sandbox: The server at http://x/ was silent for 60 s: try again, or wait longer with --server-timeout")]
    [InlineData(SandboxErrorCode.Busy, "No sandbox became free within 2 s; all 20 are in use. Try again later.", "sandbox: No sandbox became free within 2 s; all 20 are in use: try again in a moment")]
    [InlineData(SandboxErrorCode.Internal, "Environments cannot be stored in '/x' (Read-only file system). Set DataDirectory to a directory that the user who runs this program can write.", "sandbox: Environments cannot be stored in '/x' (Read-only file system): Set --data-directory to a directory that the user who runs this program can write")]
    [InlineData(SandboxErrorCode.TooLarge, "The environment holds more than 128 MiB unpacked; remove what is not needed.", "sandbox: The environment holds more than 128 MiB unpacked: leave out what is not needed, or give more room with --storage")]
    [InlineData(SandboxErrorCode.InvalidArchive, "The environment archive cannot be used: it is not gzip-compressed; make it with 'tar -czf'.", "sandbox: The environment archive cannot be used: it is not gzip-compressed: make it with 'tar -czf'")]
    [InlineData(SandboxErrorCode.NotFound, "There is no environment 1; it was never saved here or has expired.", "sandbox: There is no environment 1: it was never saved here or has expired")]
    [InlineData(SandboxErrorCode.Unreachable, "The sandbox server at http://x/ cannot be reached through the proxy http://p/ (http_proxy, https_proxy or all_proxy): the connection was refused. Check the proxy.", "sandbox: The sandbox server at http://x/ cannot be reached through the proxy http://p/ (http_proxy, https_proxy or all_proxy): the connection was refused: check the proxy, or name the server's host in no_proxy")]
    [InlineData(SandboxErrorCode.Internal, "It broke.", "sandbox: It broke: try again, and look at the host with 'sandbox doctor' if it stays so")]
    public void One_error_has_one_advice_and_no_name_of_the_programs_own(SandboxErrorCode code, string message, string expected) =>
        ErrorReport.Of(new SandboxException(code, message)).Line.ShouldBe(expected);

    [Theory]
    [InlineData(500, "", "POST http://x/execute/: the server answered 500 (Internal Server Error): the server's log says more")]
    [InlineData(403, """{"detail": "It lists them to nobody. Its operator sets api-key."}""", "It lists them to nobody: Its operator sets api-key")]
    [InlineData(404, """{"detail": "There is nothing at /a/execute/; /openapi.json lists what there is."}""", "There is nothing at /a/execute/: check the address given by --server or SANDBOX_SERVER")]
    [InlineData(407, "", "POST http://x/execute/: the server answered 407 (Proxy Authentication Required): put the proxy's user and password into its variable, as http://USER:PASSWORD@HOST:PORT")]
    [InlineData(413, """{"detail": "The environment holds more than 128 MiB unpacked; remove what is not needed."}""", "The environment holds more than 128 MiB unpacked: remove what is not needed")]
    public void What_a_server_answers_has_one_advice_too(int status, string body, string expected)
    {
        using var response = new HttpResponseMessage((HttpStatusCode)status) { RequestMessage = new HttpRequestMessage(HttpMethod.Post, "http://x/execute/") };
        ErrorReport.Of(SandboxHttpException.From(response, body)).Line.ShouldBe("sandbox: " + expected);
    }
}
