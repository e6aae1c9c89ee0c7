namespace SandboxApi.FunctionalTests.Fixtures;

/// <summary>The tests that count what is on the host: nothing else may start sandboxes meanwhile.</summary>
[CollectionDefinition(nameof(Alone), DisableParallelization = true)]
public sealed class Alone;
