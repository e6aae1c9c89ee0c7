using System.ComponentModel;
using System.Diagnostics;

namespace SandboxApi.Runtime.Root;

/// <summary>
/// The host's locales in the one file that glibc looks into first. Where each locale is a directory of twelve files, as <c>C.UTF-8</c> is by default,
/// every program that asks for one opens and maps all of them: a tenth of what a shell takes in all.
/// </summary>
internal static class LocaleArchive
{
    /// <summary>Where glibc looks for locales (localedef(1)).</summary>
    internal const string HostDirectory = "/usr/lib/locale";

    private const string FileName = "locale-archive";
    private const string Compiler = "/usr/bin/localedef";

    /// <summary>The most that is put together, in bytes: it takes memory, and the start of a server waits for it.</summary>
    private const long Most = 8 << 20;

    /// <summary>The files that make a locale (locale(5)). The compiler passes over what lacks one, and the sandboxes would lack all of it.</summary>
    private static readonly string[] s_categories =
    [
        "LC_ADDRESS", "LC_COLLATE", "LC_CTYPE", "LC_IDENTIFICATION", "LC_MEASUREMENT", "LC_MESSAGES/SYS_LC_MESSAGES",
        "LC_MONETARY", "LC_NAME", "LC_NUMERIC", "LC_PAPER", "LC_TELEPHONE", "LC_TIME",
    ];

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(5);

    /// <summary>Makes a file to take the place of <paramref name="locales"/>: an archive of all that is in it.</summary>
    /// <param name="locales">The host's locales.</param>
    /// <param name="scratch">An empty place for it.</param>
    /// <returns>Null where the locales are best left as they are: there are no directories among them, or incomplete ones, or too much in them, or no <c>localedef</c>.</returns>
    internal static async Task<string?> MakeAsync(string locales, string scratch)
    {
        try
        {
            var source = new DirectoryInfo(locales);
            if (!source.Exists || !File.Exists(Compiler) || Length(source) > Most)
                return null;
            var directories = source.GetDirectories();
            if (directories.Length == 0 || !directories.All(IsComplete))
                return null;

            // The compiler puts it where it would lie below another root.
            var target = Path.Combine(scratch, HostDirectory.TrimStart('/'));
            Directory.CreateDirectory(target);
            var archive = Path.Combine(target, FileName);
            if (File.Exists(Path.Combine(locales, FileName)))
                File.Copy(Path.Combine(locales, FileName), archive);
            return await CompileAsync(["--prefix=" + scratch, "--quiet", "--add-to-archive", .. directories.Select(d => d.FullName)]).ConfigureAwait(false) ? archive : null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or Win32Exception)
        {
            // Then every program opens the twelve files.
            return null;
        }
    }

    private static long Length(DirectoryInfo directory) => directory.EnumerateFiles("*", SearchOption.AllDirectories).Sum(f => f.Length);

    private static bool IsComplete(DirectoryInfo locale) => s_categories.All(category => File.Exists(Path.Combine(locale.FullName, category)));

    private static async Task<bool> CompileAsync(string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(Compiler, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true })!;
        using var limit = new CancellationTokenSource(s_patience);
        try
        {
            await process.WaitForExitAsync(limit.Token).ConfigureAwait(false);
            return process.ExitCode == 0;
        }
        catch (OperationCanceledException)
        {
            process.Kill();
            return false;
        }
    }
}
