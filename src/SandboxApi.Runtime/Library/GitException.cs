namespace SandboxApi.Runtime.Library;

/// <summary>git did not do what it was asked for; the message is git's own, without credentials.</summary>
internal sealed class GitException(string message) : Exception(message);
