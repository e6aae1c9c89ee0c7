namespace SandboxApi.Server.Connections;

/// <summary>Who is cut off first, where somebody must be.</summary>
internal static class Slowest
{
    /// <summary>Those that are slow enough to be cut off for others, the slowest first.</summary>
    /// <param name="all">Whatever holds something while a client sends or takes.</param>
    /// <param name="transfer">How fast it does; null for who has none.</param>
    internal static IEnumerable<T> First<T>(IEnumerable<T> all, Func<T, Transfer?> transfer) =>
        all.Select(one => (One: one, Slowness: transfer(one)?.Slowness())).Where(one => one.Slowness is not null).OrderBy(one => one.Slowness).Select(one => one.One);
}
