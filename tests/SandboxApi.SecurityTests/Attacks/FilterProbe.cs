using SandboxApi.FunctionalTests.Fixtures;
using SandboxApi.SecurityTests.Doctor;

namespace SandboxApi.SecurityTests.Attacks;

/// <summary>Asks the filter of a sandbox what it answers to a call, without the call being made.</summary>
/// <remarks>
/// A sandbox is started under a filter that answers every call with a mark by an error that no call has (EBADFD). Where several filters judge a call the strictest answer counts, and of equally
/// strict ones the newest filter's (seccomp(2)): so an error of the sandbox's own filter is seen as it is, and EBADFD says that it lets the call go on or reports it to init. The mark is the upper half of the
/// sixth argument, which no call and no filter looks at.
/// </remarks>
internal static class FilterProbe
{
    private const string Marked = """
        import ctypes, os, struct, sys
        # Is the upper half of the sixth argument the mark? EBADFD; all else goes on.
        program = b"".join(struct.pack("HBBI", *step) for step in ((0x20, 0, 0, 16 + 5 * 8 + 4), (0x15, 0, 1, 0x5AFE5AFE), (6, 0, 0, 0x50000 | 77), (6, 0, 0, 0x7fff0000)))
        text = ctypes.create_string_buffer(program)
        header = struct.pack("HxxxxxxQ", len(program) // 8, ctypes.addressof(text))
        libc = ctypes.CDLL(None, use_errno=True)
        if libc.prctl(38, 1, 0, 0, 0) or libc.prctl(22, 2, header):
            sys.exit("the filter was refused: " + os.strerror(ctypes.get_errno()))
        os.execvp(sys.argv[1], sys.argv[1:])
        """;

    private const string Probe = """
        for line in open("probes"):
            number, *arguments = [int(field, 0) for field in line.split()]
            arguments = (arguments + [0] * 6)[:6]
            arguments[5] |= 0x5AFE5AFE << 32
            answer = call(number, *arguments)
            print({"EBADFD": "allowed", 0: "pretended", "ENOTSUP": "EOPNOTSUPP"}.get(answer, answer))
        """;

    /// <summary>The answers to calls, each written as its number and its arguments: <c>allowed</c>, <c>pretended</c>, or the name of an error.</summary>
    public static async Task<string[]> AskAsync(IEnumerable<string> probes)
    {
        using var data = new TemporaryDirectory();
        using var files = new TemporaryDirectory();
        await File.WriteAllTextAsync(Path.Combine(files.Path, "probes"), string.Join('\n', probes) + "\n");
        await File.WriteAllTextAsync(Path.Combine(files.Path, "probe.py"), PythonCalls.Program(Probe));
        var program = new SandboxProgram(["python3", "-c", Marked], data.Path, []);

        var (exitCode, output, error) = await program.ExecCommandAsync("python3 probe.py", "--dir", files.Path);

        exitCode.ShouldBe(0, error);
        return output.TrimEnd('\n').Split('\n');
    }
}
