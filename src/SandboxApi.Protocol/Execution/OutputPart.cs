namespace SandboxApi;

/// <summary>What is kept of an output stream that is longer than its limit.</summary>
public enum OutputPart
{
    /// <summary><c>head</c>: its beginning.</summary>
    Head,

    /// <summary><c>tail</c>: its end.</summary>
    Tail,

    /// <summary><c>both</c>: its beginning and its end, half of the limit each; the end is in a field of its own (<see cref="CommandResult.StdoutTail"/>).</summary>
    Both,
}
