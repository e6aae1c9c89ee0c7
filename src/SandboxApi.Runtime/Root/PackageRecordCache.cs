using System.Globalization;
using System.Text;
using SandboxApi.Runtime.Interop;

namespace SandboxApi.Runtime.Root;

/// <summary>What dpkg's records say of /etc and /var, kept in the data directory: to read all records anew takes longer than the rest of a start.</summary>
/// <remarks>Kept under what can be told of the records at a glance, which every installation changes. A file that anybody but this user could write is not read.</remarks>
internal static class PackageRecordCache
{
    internal const string FileName = "packages.cache";

    private const long Largest = 32 << 20;
    private const int OwnersOnly = 0x3F; // all that group and others may

    /// <summary>What tells one state of the records from another; null where there are none.</summary>
    internal static string? KeyOf(string root, uint owner)
    {
        try
        {
            var key = new StringBuilder("1 ").Append(owner);
            foreach (var (directory, file) in (ReadOnlySpan<(string, string)>)[("var/lib/dpkg", "status"), ("var/lib/dpkg", "info"), ("var/lib/ucf", "hashfile")])
            {
                var place = Path.Combine(root, directory);
                if (directory == "var/lib/ucf" && !File.Exists(Path.Combine(place, file)))
                    continue;
                using var handle = DirectoryHandle.Open(place);
                foreach (var status in (ReadOnlySpan<FileStatus>)[DirectoryHandle.StatusOf(handle) with { ModifiedSeconds = 0, ModifiedNanoseconds = 0, Size = 0, Links = 0 }, handle.Status(Encoding.UTF8.GetBytes(file))])
                    key.Append(CultureInfo.InvariantCulture, $" {status.Kind},{status.Mode},{status.Uid},{status.Inode},{status.Size},{status.ModifiedSeconds},{status.ModifiedNanoseconds}");
            }

            return key.ToString();
        }
        catch (SystemCallException)
        {
            return null;
        }
    }

    /// <summary>The lines that were kept under a key; null where none were, or others could have written them.</summary>
    internal static string[]? Read(string directory, string key)
    {
        try
        {
            using var handle = DirectoryHandle.Open(directory);
            var place = DirectoryHandle.StatusOf(handle);
            using var file = handle.OpenFile(Encoding.UTF8.GetBytes(FileName));
            var status = DirectoryHandle.StatusOf(file);
            var user = Processes.EffectiveUser();
            if (place.Uid != user || (place.Mode & 0x12) != 0 || status.Kind != FileKind.Regular || status.Uid != user || (status.Mode & OwnersOnly) != 0 || status.Size > Largest)
                return null;
            var lines = Encoding.UTF8.GetString(HostView.ReadAll(file, status.Size) ?? []).Split('\n');

            // The last line closes it: what was cut short is not taken.
            return lines.Length > 2 && lines[0] == key && lines[^1] == "end" ? lines[1..^1] : null;
        }
        catch (SystemCallException)
        {
            return null;
        }
    }

    /// <summary>Keeps lines under a key, in the place of all that was kept.</summary>
    internal static void Write(string directory, string key, IEnumerable<string> lines)
    {
        if (!Directory.Exists(directory))
            return;
        var path = Path.Combine(directory, FileName);
        var made = $"{path}.{Guid.NewGuid():N}";
        try
        {
            using (var file = new StreamWriter(made, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite }))
            {
                file.Write(key + '\n');
                foreach (var line in lines)
                    file.Write(line + '\n');
                file.Write("end");
            }

            File.Move(made, path, overwrite: true);

            // What a process left that ended while it wrote.
            foreach (var stale in Directory.EnumerateFiles(directory, FileName + ".*"))
            {
                if (TimeProvider.System.GetUtcNow().UtcDateTime - File.GetLastWriteTimeUtc(stale) > TimeSpan.FromHours(1))
                    File.Delete(stale);
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // The next start reads the records again.
            Remove(made);
        }
    }

    private static void Remove(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // It was not made, or its directory is gone.
        }
    }
}
