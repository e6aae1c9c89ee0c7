using System.Runtime.InteropServices;

namespace SandboxApi.Runtime.Interop;

/// <summary>How many descriptors this process may have (getrlimit(2)).</summary>
internal static unsafe partial class OpenFilesLimit
{
    private const int OpenFiles = 7;

    /// <summary>The limit that holds; .NET has raised it to the hard one when it started.</summary>
    internal static ulong Current()
    {
        Limit limit;
        SystemCallException.Check(GetLimit(OpenFiles, &limit), "getrlimit");
        return limit.Soft;
    }

    [LibraryImport("libc", EntryPoint = "getrlimit", SetLastError = true)]
    private static partial int GetLimit(int resource, Limit* limit);

    [StructLayout(LayoutKind.Sequential)]
    private struct Limit
    {
        public ulong Soft;
        public ulong Hard;
    }
}
