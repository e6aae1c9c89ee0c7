namespace SandboxApi.SecurityTests.Attacks;

/// <summary>What attacks in Python begin with: the kernel's calls by number, past libc and its checks.</summary>
internal static class PythonCalls
{
    /// <summary><c>call(number, ...)</c> gives the kernel's answer, or the name of the error; <c>attempt(f)</c> the name of the error of an OSError, or what f gave.</summary>
    public const string Prelude = """
        import ctypes, errno, os, signal, struct, sys
        libc = ctypes.CDLL(None, use_errno=True)
        libc.syscall.restype = ctypes.c_long

        def call(number, *arguments):
            ctypes.set_errno(0)
            answer = libc.syscall(ctypes.c_long(number), *[ctypes.c_long(a) if isinstance(a, int) else a for a in arguments])
            return answer if answer != -1 else errno.errorcode.get(ctypes.get_errno(), str(ctypes.get_errno()))

        def attempt(action):
            try:
                return action()
            except OSError as error:
                return errno.errorcode.get(error.errno, type(error).__name__)

        def tell(what, *answer):
            print(what, *answer, flush=True)

        """;

    /// <summary>A program behind the prelude.</summary>
    public static string Program(string body) => Prelude + body;
}
