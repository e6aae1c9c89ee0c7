namespace SandboxApi.Soak.Kinds;

/// <summary>What expectations depend on: the settings of the server and the programs inside its sandboxes.</summary>
/// <param name="Sandboxes">How many run at one time.</param>
/// <param name="Memory">Memory of a sandbox, in bytes.</param>
/// <param name="Storage">Files of a sandbox, in bytes.</param>
/// <param name="Inodes">Files of a sandbox by number; null where the server was started by somebody else.</param>
/// <param name="Programs">Those of the asked for that are there.</param>
internal sealed record ServerFacts(int Sandboxes, long Memory, long Storage, int? Inodes, IReadOnlySet<string> Programs)
{
    internal static async Task<ServerFacts> AskAsync(SandboxClient client, int? inodes, CancellationToken cancellationToken)
    {
        var container = (await client.SpecificationsAsync(cancellationToken)).Container;
        var found = await client.ExecuteAsync("for p in gcc python3; do command -v $p > /dev/null && echo $p; done; true", cancellationToken);
        return new ServerFacts(
            container.Count,
            container.Memory.Ram < 0 ? long.MaxValue : container.Memory.Ram,
            container.Memory.Storage < 0 ? long.MaxValue : container.Memory.Storage,
            inodes,
            found.Execution[0].Stdout.Split('\n').ToHashSet());
    }
}
