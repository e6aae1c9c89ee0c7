using System.Buffers;
using System.Text;
using SandboxApi.Runtime.Interop;

namespace SandboxApi.Runtime.Engine;

/// <summary>Standard input as a file in memory: all there at once, whether the program reads it or not, and nobody can change it.</summary>
internal static class StdinFile
{
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
