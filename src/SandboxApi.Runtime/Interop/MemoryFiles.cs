using System.Runtime.InteropServices;

namespace SandboxApi.Runtime.Interop;

/// <summary>Files that lie in memory and have no name (memfd_create(2)).</summary>
internal static partial class MemoryFiles
{
    private const uint CloseOnExec = 1;
    private const uint AllowSealing = 2;
    private const uint Executable = 0x10;
    private const int AddSeals = 1033;
    private const int AllSeals = 0xF;

    /// <summary>A file of the given content that nobody can change any more, positioned at its start.</summary>
    internal static int CreateSealed(ReadOnlySpan<byte> content, bool executable = false)
    {
        var fd = MemFdCreate("sandbox", CloseOnExec | AllowSealing | (executable ? Executable : 0));

        // Kernels before 6.3 know no such flag; there every memory file is executable.
        if (fd < 0 && executable)
            fd = MemFdCreate("sandbox", CloseOnExec | AllowSealing);
        SystemCallException.Check(fd, "memfd_create");
        try
        {
            Descriptors.WriteAll(fd, content);
            Seal(fd);
            return fd;
        }
        catch
        {
            _ = Descriptors.Close(fd);
            throw;
        }
    }

    /// <summary>A file to be written, and then <see cref="Seal"/>ed.</summary>
    internal static int Create() => SystemCallException.Check(MemFdCreate("sandbox", CloseOnExec | AllowSealing), "memfd_create");

    /// <summary>Goes back to the file's start; from now on nobody can change it.</summary>
    internal static void Seal(int fd)
    {
        SystemCallException.Check((int)Seek(fd, 0, 0), "lseek");
        SystemCallException.Check(FileControl(fd, AddSeals, AllSeals), "fcntl(F_ADD_SEALS)");
    }

    [LibraryImport("libc", EntryPoint = "memfd_create", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int MemFdCreate(string name, uint flags);

    [LibraryImport("libc", EntryPoint = "fcntl", SetLastError = true)]
    private static partial int FileControl(int fd, int command, int argument);

    [LibraryImport("libc", EntryPoint = "lseek", SetLastError = true)]
    private static partial long Seek(int fd, long offset, int whence);
}
