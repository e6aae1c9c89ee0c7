using SandboxApi.Client.Transport;
using SandboxApi.Json;

namespace SandboxApi;

public sealed partial class SandboxClient
{
    /// <inheritdoc/>
    public Task<Specifications> SpecificationsAsync(CancellationToken cancellationToken = default) =>
        SpecificationsCore(async: true, cancellationToken).AsTask();

    /// <summary>What the host and its sandboxes are made of.</summary>
    public Specifications Specifications(CancellationToken cancellationToken = default) =>
        Completed.Result(SpecificationsCore(async: false, cancellationToken));

    /// <inheritdoc/>
    public Task<Usage> UsageAsync(CancellationToken cancellationToken = default) =>
        UsageCore(async: true, cancellationToken).AsTask();

    /// <summary>How busy the host and its sandboxes are now.</summary>
    public Usage Usage(CancellationToken cancellationToken = default) =>
        Completed.Result(UsageCore(async: false, cancellationToken));

    /// <inheritdoc/>
    public Task<Libraries> LibrariesAsync(CancellationToken cancellationToken = default) =>
        LibrariesCore(async: true, cancellationToken).AsTask();

    /// <summary>The packages and programs installed inside the sandboxes.</summary>
    public Libraries Libraries(CancellationToken cancellationToken = default) =>
        Completed.Result(LibrariesCore(async: false, cancellationToken));

    private ValueTask<Specifications> SpecificationsCore(bool async, CancellationToken cancellationToken) =>
        JsonCore(async, HttpMethod.Get, "specifications/", mustExist: true, null, SandboxJsonContext.Relaxed.Specifications, cancellationToken);

    private ValueTask<Usage> UsageCore(bool async, CancellationToken cancellationToken) =>
        JsonCore(async, HttpMethod.Get, "usages/", mustExist: true, null, SandboxJsonContext.Relaxed.Usage, cancellationToken);

    private ValueTask<Libraries> LibrariesCore(bool async, CancellationToken cancellationToken) =>
        JsonCore(async, HttpMethod.Get, "libraries/", mustExist: true, null, SandboxJsonContext.Relaxed.Libraries, cancellationToken);
}
