namespace SandboxApi.Runtime.Interop;

/// <summary>The error numbers told apart here (errno(3)).</summary>
internal static class Errno
{
    internal const int NoEntry = 2;
    internal const int Interrupted = 4;
    internal const int TooBig = 7;
    internal const int Again = 11;
    internal const int Busy = 16;
}
