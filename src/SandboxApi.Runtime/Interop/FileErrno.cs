namespace SandboxApi.Runtime.Interop;

/// <summary>The error numbers the file calls tell apart; the same on x86-64 and arm64.</summary>
internal static class FileErrno
{
    public const int NoEntry = 2;
    public const int NoDevice = 6;
    public const int TryAgain = 11;
    public const int Access = 13;
    public const int Exists = 17;
    public const int CrossDevice = 18;
    public const int NotDirectory = 20;
    public const int Invalid = 22;
    public const int NoSpace = 28;
    public const int NameTooLong = 36;
    public const int NotEmpty = 39;
    public const int Loop = 40;
    public const int Quota = 122;
}
