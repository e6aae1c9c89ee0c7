using System.Diagnostics;

[assembly: AssemblyFixture(typeof(SandboxApi.Tests.OneAtATime))]

namespace SandboxApi.Tests;

/// <summary>
/// Of the test programs of one build that start sandboxes, one runs at a time: they measure times and what the machine does. <c>dotnet test</c> starts test programs
/// side by side, and has no setting that a repository could keep to change that.
/// </summary>
/// <remarks>The lock is on a file below the directory of what was built, ends with the program that holds it, and is waited for before the first test, so that no test's time counts it.</remarks>
internal sealed class OneAtATime : IAsyncLifetime
{
    /// <summary>Errors of Linux, which .NET hands on: the lock is taken; the file system cannot be written.</summary>
    private const int WouldBlock = 11;
    private const int ReadOnly = 30;

    private static readonly Lazy<Task> s_turn = new(() => WaitAsync(PathOf(AppContext.BaseDirectory), Console.Error));

    /// <summary>Open until the program ends, and with it the lock.</summary>
    private static FileStream? s_held;

    /// <summary>Waits until this program may run its tests. Fixtures that start a sandbox call it first: which fixture comes first is not said.</summary>
    public static Task TurnAsync() => s_turn.Value;

    public async ValueTask InitializeAsync() => await TurnAsync();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    /// <summary>The file of the build that a program belongs to; null for one that was taken elsewhere, beside which no other was built.</summary>
    internal static string? PathOf(string program)
    {
        for (var directory = new DirectoryInfo(program); directory is not null; directory = directory.Parent)
        {
            if (directory is { Name: "bin", Parent.Name: "artifacts" })
                return Path.Combine(directory.Parent.FullName, "tests.lock");
        }

        return null;
    }

    /// <summary>Takes the lock of a file; null where this user may not write there, or <paramref name="path"/> is null.</summary>
    internal static async Task<FileStream?> TakeAsync(string? path, TextWriter log)
    {
        if (path is null)
            return null;
        var watch = Stopwatch.StartNew();
        for (var tries = 0; ; tries++)
        {
            try
            {
                // .NET locks what it opens for itself alone: flock(2).
                var held = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
                if (tries > 0)
                    await log.WriteLineAsync($"Waited {watch.Elapsed.TotalSeconds:0} s for other tests of this build.");
                return held;
            }
            catch (Exception exception) when (exception is UnauthorizedAccessException || exception.HResult == ReadOnly)
            {
                return null;
            }
            catch (IOException exception) when (exception.HResult == WouldBlock)
            {
                if (tries == 0)
                    await log.WriteLineAsync($"Waiting: another test program of this build runs (it holds {path}).");
                await Task.Delay(100);
            }
        }
    }

    private static async Task WaitAsync(string? path, TextWriter log) => s_held = await TakeAsync(path, log);
}
