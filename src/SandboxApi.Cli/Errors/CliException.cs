namespace SandboxApi.Cli.Errors;

/// <summary>Something the user asked for cannot be done; shown as one line.</summary>
internal sealed class CliException : Exception
{
    /// <param name="what">What is wrong.</param>
    /// <param name="remedy">What to do about it.</param>
    /// <param name="isUsage">Whether the command line itself is wrong.</param>
    public CliException(string what, string remedy, bool isUsage = false)
        : base(what)
    {
        Remedy = remedy;
        IsUsage = isUsage;
    }

    public string Remedy { get; }

    public bool IsUsage { get; }

    /// <summary>The command line itself is wrong.</summary>
    public static CliException Usage(string what, string remedy) => new(what, remedy, isUsage: true);
}
