using System.Runtime.CompilerServices;

[assembly: InternalsVisibleTo("SandboxApi.Archives")]
[assembly: InternalsVisibleTo("SandboxApi.Client")]
[assembly: InternalsVisibleTo("SandboxApi.Runtime")]
[assembly: InternalsVisibleTo("SandboxApi.Server")]
[assembly: InternalsVisibleTo("SandboxApi.Protocol.Tests")]
