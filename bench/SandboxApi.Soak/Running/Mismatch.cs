namespace SandboxApi.Soak.Running;

/// <summary>Something in an answer that is not as promised.</summary>
internal sealed record Mismatch(string What, string Expected, string Received);

/// <summary>The answer never came, or says that the server failed.</summary>
internal sealed class LostAnswerException(string message, Exception? innerException = null) : Exception(message, innerException);

/// <summary>A saved environment came to the end of its time before the run that needed it: the soak's own delay.</summary>
internal sealed class ExpiredUnderwayException() : Exception("The saved environment expired before it was used.");
