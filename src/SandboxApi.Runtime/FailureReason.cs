namespace SandboxApi.Runtime;

/// <summary>Why the kernel refused, for people: without the path that .NET writes into its message, as ours has named it already.</summary>
internal static class FailureReason
{
    public static string Of(Exception exception) => exception switch
    {
        UnauthorizedAccessException => "permission is denied",
        FileNotFoundException or DirectoryNotFoundException => "there is no such file or directory",
        _ => exception.Message.Split(" : '", 2)[0].TrimEnd('.'),
    };
}
