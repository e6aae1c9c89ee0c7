namespace SandboxApi.Archives.Packing;

/// <summary>Packs one directory.</summary>
internal static class DirectoryPacker
{
    public static async ValueTask PackCore(bool async, string directory, Stream destination, CancellationToken cancellationToken)
    {
        ArgumentException.ThrowIfNullOrEmpty(directory);
        ArgumentNullException.ThrowIfNull(destination);
        using var plan = new PackPlan();
        plan.AddDirectory(directory, cancellationToken);
        await Packer.PackCore(async, plan, destination, report: null, cancellationToken).ConfigureAwait(false);
    }
}
