using System.Buffers;
using System.Text;
using SandboxApi.Runtime.Interop;

namespace SandboxApi.Runtime.Engine;

/// <summary>Standard input as a file in memory: all there at once, whether the program reads it or not, and nobody can change it.</summary>
/// <remarks>
/// The memory is charged to this program for as long as anybody holds the file, a process that a command left behind too. So the commands that have the run's own input share one file, each from its
/// start: what a run can hold is never more than what its config brought.
/// </remarks>
internal sealed class StdinFile : IDisposable
{
    private int _file = -1;

    /// <summary>A descriptor of the run's input, positioned at its start; the caller closes it.</summary>
    internal int Open(string text)
    {
        if (_file < 0)
            _file = Create(text);

        // Not a copy of the descriptor, which would share its position.
        return FileCalls.OpenAgain(_file);
    }

    public void Dispose()
    {
        if (_file >= 0)
            _ = Descriptors.Close(_file);
        _file = -1;
    }

    /// <summary>A descriptor of the input of one command alone; the caller closes it.</summary>
    internal static int Create(string text)
    {
        var bytes = ArrayPool<byte>.Shared.Rent(Encoding.UTF8.GetMaxByteCount(text.Length));
        try
        {
            return MemoryFiles.CreateSealed(bytes.AsSpan(0, Encoding.UTF8.GetBytes(text, bytes)));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(bytes);
        }
    }
}
