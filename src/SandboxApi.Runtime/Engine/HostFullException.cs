namespace SandboxApi.Runtime.Engine;

/// <summary>The host has all that a sandbox needs, but others use all of it: no protection is missing, and none need be mended.</summary>
internal sealed class HostFullException(string message) : PlatformNotSupportedException(message);
