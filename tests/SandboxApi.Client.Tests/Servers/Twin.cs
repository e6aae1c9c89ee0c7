namespace SandboxApi.Client.Tests.Servers;

/// <summary>The same call, asynchronous or synchronous.</summary>
internal static class Twin
{
    public static Task<ExecutionResult> Execute(this SandboxClient client, bool async, ExecutionConfig config, Stream? environment = null, CancellationToken token = default) =>
        async ? client.ExecuteAsync(config, environment, token) : Task.Run(() => client.Execute(config, environment, token), CancellationToken.None);

    public static Task<Specifications> Specifications(this SandboxClient client, bool async, CancellationToken token = default) =>
        async ? client.SpecificationsAsync(token) : Task.Run(() => client.Specifications(token), CancellationToken.None);

    public static Task<Usage> Usage(this SandboxClient client, bool async) =>
        async ? client.UsageAsync() : Task.Run(() => client.Usage());

    public static Task<Libraries> Libraries(this SandboxClient client, bool async, CancellationToken token = default) =>
        async ? client.LibrariesAsync(token) : Task.Run(() => client.Libraries(token), CancellationToken.None);

    public static Task<Stream> Download(this SandboxClient client, bool async, Guid id, string? path = null, CancellationToken token = default) =>
        async ? client.DownloadAsync(id, path, token) : Task.Run(() => client.Download(id, path, token), CancellationToken.None);

    public static Task<long> Check(this SandboxClient client, bool async, Guid id, string? path = null) =>
        async ? client.CheckAsync(id, path) : Task.Run(() => client.Check(id, path));

    public static Task<byte[]> ReadAll(this Stream stream, bool async) => async ? Read(stream) : Task.Run(() =>
    {
        using var bytes = new MemoryStream();
        stream.CopyTo(bytes);
        return bytes.ToArray();
    });

    private static async Task<byte[]> Read(Stream stream)
    {
        using var bytes = new MemoryStream();
        await stream.CopyToAsync(bytes);
        return bytes.ToArray();
    }
}
