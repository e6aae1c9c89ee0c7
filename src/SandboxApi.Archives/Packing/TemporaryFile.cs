namespace SandboxApi.Archives.Packing;

/// <summary>Files that vanish when they are closed, readable by nobody else.</summary>
internal static class TemporaryFile
{
    public static FileStream Create(bool isAsync)
    {
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.ReadWrite, Options = isAsync ? FileOptions.Asynchronous : FileOptions.None };
        if (OperatingSystem.IsWindows())
            options.Options |= FileOptions.DeleteOnClose;
        else
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        var file = new FileStream(Path.Combine(Path.GetTempPath(), $"sandbox-{Guid.NewGuid():N}.tgz"), options);
        try
        {
            // Without a name from the start: no crash leaves it behind, and packing the directory of temporary files does not pack it.
            if (!OperatingSystem.IsWindows())
                File.Delete(file.Name);
            return file;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }
}
