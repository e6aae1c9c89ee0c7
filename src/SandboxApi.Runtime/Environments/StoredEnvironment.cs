namespace SandboxApi.Runtime.Environments;

/// <summary>A saved environment.</summary>
/// <param name="Id">Its id; who knows it may read the environment.</param>
/// <param name="Expires">When it will no longer be there.</param>
internal readonly record struct StoredEnvironment(Guid Id, DateTimeOffset Expires);
