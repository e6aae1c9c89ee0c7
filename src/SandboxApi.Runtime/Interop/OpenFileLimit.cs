using System.Runtime.InteropServices;

namespace SandboxApi.Runtime.Interop;

/// <summary>How many files this process may have open (getrlimit(2)).</summary>
internal static unsafe partial class OpenFileLimit
{
    private const int OpenFiles = 7;

    /// <summary>Makes use of all that the hard limit allows. Where code is compiled at run time .NET has done so when it started; a program compiled ahead has what it was started with.</summary>
    internal static void Raise()
    {
        var limit = stackalloc ulong[2];
        if (GetLimit(OpenFiles, limit) < 0 || limit[0] >= limit[1])
            return;
        limit[0] = limit[1];

        // To what it is allowed anyway, it is never refused.
        SystemCallException.Check(SetLimit(OpenFiles, limit), "setrlimit(RLIMIT_NOFILE)");
    }

    [LibraryImport("libc", EntryPoint = "getrlimit", SetLastError = true)]
    private static partial int GetLimit(int resource, ulong* limit);

    [LibraryImport("libc", EntryPoint = "setrlimit", SetLastError = true)]
    private static partial int SetLimit(int resource, ulong* limit);
}
