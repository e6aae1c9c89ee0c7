namespace SandboxApi.Runtime.Interop;

/// <summary>The error numbers told apart here (errno(3)); the same on x86-64 and arm64.</summary>
internal static class Errno
{
    internal const int Permission = 1;
    internal const int NoEntry = 2;
    internal const int Interrupted = 4;
    internal const int NoSuchAddress = 6;
    internal const int BadDescriptor = 9;
    internal const int Again = 11;
    internal const int Access = 13;
    internal const int Busy = 16;
    internal const int Exists = 17;
    internal const int CrossDevice = 18;
    internal const int NoDevice = 19;
    internal const int NotDirectory = 20;
    internal const int Invalid = 22;
    internal const int NoSpace = 28;
    internal const int NameTooLong = 36;
    internal const int NotImplemented = 38;
    internal const int NotEmpty = 39;
    internal const int Loop = 40;
    internal const int Overflow = 75;
    internal const int Quota = 122;
}
