using System.ComponentModel;
using System.Runtime.InteropServices;

namespace SandboxApi.Runtime.Interop;

/// <summary>Swaps two paths of one file system in one step (renameat2(2)).</summary>
internal static partial class RenameExchange
{
    private const int AtCurrentDirectory = -100;
    private const uint Exchange = 2;

    /// <summary>Makes each of the two names the other's; both must exist.</summary>
    /// <exception cref="Win32Exception">The kernel refused.</exception>
    public static void Swap(string first, string second)
    {
        if (RenameAt2(AtCurrentDirectory, first, AtCurrentDirectory, second, Exchange) != 0)
        {
            throw new Win32Exception(Marshal.GetLastPInvokeError());
        }
    }

    [LibraryImport("libc", EntryPoint = "renameat2", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial int RenameAt2(int firstDirectory, string first, int secondDirectory, string second, uint flags);
}
