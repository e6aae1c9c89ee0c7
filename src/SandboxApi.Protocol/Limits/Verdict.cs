using System.Text.Json.Serialization;

namespace SandboxApi;

/// <summary>How a command ended: the limit it hit, if any, else how its shell ended. Where several hold, the first in the order below is given.</summary>
[JsonConverter(typeof(Json.VerdictConverter))]
public enum Verdict
{
    /// <summary>A verdict that this version does not know (sent by a newer server).</summary>
    Unknown,

    /// <summary><c>error</c>: the sandbox failed, not the program; the result's message says how.</summary>
    Error,

    /// <summary><c>timeout</c>: the wall-clock limit passed before the shell ended; everything in the sandbox was killed. Where the command stood still for want of memory then, it is <see cref="Memory"/>.</summary>
    Timeout,

    /// <summary><c>cpu_time</c>: the CPU time of all processes together reached its limit; everything in the sandbox was killed. The same holds here.</summary>
    CpuTime,

    /// <summary><c>memory</c>: the kernel killed at least one process of the sandbox for want of memory while the command ran; or a limit of time ended the command while it stood still at its memory limit (<see cref="CommandResult.AtMemoryLimit"/>).</summary>
    Memory,

    /// <summary><c>processes</c>: the kernel refused at least one fork or thread for the process limit while the command ran.</summary>
    Processes,

    /// <summary><c>disk</c>: a write ended in SIGXFSZ (file size), or the storage had no free block or inode after the command and either the command failed or there was some before it.</summary>
    Disk,

    /// <summary><c>output</c>: stdout or stderr was longer than its limit and was cut.</summary>
    Output,

    /// <summary><c>signalled</c>: the shell, or the program it ended with, was ended by a signal; the signal is given.</summary>
    Signalled,

    /// <summary><c>failed</c>: the exit code is not 0.</summary>
    Failed,

    /// <summary><c>ok</c>: the exit code is 0 and no limit was hit.</summary>
    Ok,
}
