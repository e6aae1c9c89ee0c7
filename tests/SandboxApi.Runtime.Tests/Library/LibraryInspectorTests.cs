using System.Diagnostics;
using Microsoft.Extensions.Time.Testing;
using SandboxApi.Runtime.Library;

namespace SandboxApi.Runtime.Tests.Library;

public sealed class LibraryInspectorTests
{
    private const string Nothing = "\0end\t\t\0";

    private static readonly TimeSpan Period = TimeSpan.FromHours(1);

    private readonly FakeTimeProvider _time = new();

    [Fact]
    public void Reads_names_of_any_kind()
    {
        var libraries = LibraryListing.Parse("system\t2:1.0-1+b2\tlibx\0\0python\t1.0\ta\"b\\c\0python\t\tno version\0perl\tv5.36.0\tPerl\0\0c\t1.2\tlibz\0bin\t\tx\ty\nz\0bin\t\t[\0bin\t\tä\0end\t\t\0");

        libraries.Packages.System.ShouldBe(new Dictionary<string, string> { ["libx"] = "2:1.0-1+b2" });
        libraries.Packages.Python.ShouldBe(new Dictionary<string, string> { ["a\"b\\c"] = "1.0", ["no version"] = "" });
        libraries.Packages.Perl.ShouldBe(new Dictionary<string, string> { ["Perl"] = "v5.36.0" });
        libraries.Packages.C.ShouldBe(new Dictionary<string, string> { ["libz"] = "1.2" });
        libraries.Bin.ShouldBe(["[", "x\ty\nz", "ä"]);
    }

    [Fact]
    public void Lists_each_name_once_and_with_a_version_if_there_is_one()
    {
        var libraries = LibraryListing.Parse("bin\t\tb\0bin\t\ta\0bin\t\tb\0c\t\tlibz\0c\t1.2\tlibz\0c\t1.3\tlibz\0end\t\t\0");

        libraries.Bin.ShouldBe(["a", "b"]);
        libraries.Packages.C["libz"].ShouldBe("1.2");
    }

    [Theory]
    [InlineData("")]
    [InlineData("bin\t\tbash\0")]
    [InlineData("bin\t\tend")]
    public void Refuses_a_list_that_ends_too_early(string output) =>
        Should.Throw<InvalidDataException>(() => LibraryListing.Parse(output));

    [Fact]
    public async Task Asks_once_for_all_callers()
    {
        var calls = 0;
        var answer = new TaskCompletionSource<string>();
        await using var inspector = Inspector((_, _) =>
        {
            Interlocked.Increment(ref calls);
            return answer.Task;
        });

        var callers = Enumerable.Range(0, 20).Select(_ => inspector.GetAsync(TestContext.Current.CancellationToken)).ToList();
        answer.SetResult(Nothing);
        var answers = await Task.WhenAll(callers);

        answers.Distinct().Count().ShouldBe(1);
        (await inspector.GetAsync(TestContext.Current.CancellationToken)).ShouldBeSameAs(answers[0]);
        calls.ShouldBe(1);
    }

    [Fact]
    public async Task Goes_on_for_the_others_when_one_caller_gives_up()
    {
        var answer = new TaskCompletionSource<string>();
        await using var inspector = Inspector((_, _) => answer.Task);
        using var impatient = new CancellationTokenSource();

        var first = inspector.GetAsync(impatient.Token);
        var second = inspector.GetAsync(TestContext.Current.CancellationToken);
        await impatient.CancelAsync();
        answer.SetResult(Nothing);

        await Should.ThrowAsync<OperationCanceledException>(first);
        (await second).Bin.ShouldBeEmpty();
    }

    [Fact]
    public async Task Does_not_remember_a_failure()
    {
        var answers = new Queue<Func<string>>([() => throw new IOException("no sandbox"), () => "cut off", () => Nothing]);
        await using var inspector = Inspector((_, _) => Task.FromResult(answers.Dequeue()()));

        await Should.ThrowAsync<IOException>(inspector.GetAsync(TestContext.Current.CancellationToken));
        await Should.ThrowAsync<InvalidDataException>(inspector.GetAsync(TestContext.Current.CancellationToken));
        (await inspector.GetAsync(TestContext.Current.CancellationToken)).Bin.ShouldBeEmpty();
    }

    [Fact]
    public async Task Asks_again_after_the_libraries_have_changed_even_while_it_asks()
    {
        var answers = new[] { new TaskCompletionSource<string>(), new TaskCompletionSource<string>() };
        var calls = 0;
        var firstCall = new TaskCompletionSource();
        await using var inspector = Inspector((_, _) =>
        {
            var call = Interlocked.Increment(ref calls);
            firstCall.TrySetResult();
            return answers[call - 1].Task;
        });

        var before = inspector.GetAsync(TestContext.Current.CancellationToken);
        await firstCall.Task;
        inspector.Invalidate();
        var after = inspector.GetAsync(TestContext.Current.CancellationToken);
        answers[1].SetResult("bin\t\tnew\0end\t\t\0");
        (await after).Bin.ShouldBe(["new"]);
        answers[0].SetResult(Nothing);
        (await before).Bin.ShouldBeEmpty();

        (await inspector.GetAsync(TestContext.Current.CancellationToken)).Bin.ShouldBe(["new"], "the late answer to the earlier inquiry is out of date");
        calls.ShouldBe(2);
    }

    [Fact]
    public async Task Gives_an_old_answer_at_once_and_fetches_a_new_one_meanwhile()
    {
        var answers = new Queue<Task<string>>();
        var second = new TaskCompletionSource<string>();
        var asked = new TaskCompletionSource();
        answers.Enqueue(Task.FromResult(Nothing));
        answers.Enqueue(second.Task);
        await using var inspector = Inspector((_, _) =>
        {
            if (answers.Count == 1)
            {
                asked.SetResult();
            }

            return answers.Dequeue();
        });
        await inspector.GetAsync(TestContext.Current.CancellationToken);

        _time.Advance(Period);
        (await inspector.GetAsync(TestContext.Current.CancellationToken)).Bin.ShouldBeEmpty();
        await asked.Task.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
        second.SetResult("bin\t\tnew\0end\t\t\0");

        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while ((await inspector.GetAsync(limit.Token)).Bin.Count == 0)
        {
            await Task.Yield();
            limit.Token.ThrowIfCancellationRequested();
        }
    }

    [Fact(Timeout = 60_000)]
    public async Task Lists_what_this_host_has()
    {
        var started = Stopwatch.GetTimestamp();
        await using var inspector = Inspector(RunBashAsync);

        var libraries = await inspector.GetAsync(TestContext.Current.CancellationToken);

        Stopwatch.GetElapsedTime(started).ShouldBeLessThan(TimeSpan.FromSeconds(30));
        libraries.Bin.ShouldContain("bash");
        libraries.Bin.ShouldContain("ls");
        libraries.Bin.ShouldBe(libraries.Bin.Distinct().Order(StringComparer.Ordinal));
        if (File.Exists("/var/lib/dpkg/status"))
        {
            libraries.Packages.System["bash"].ShouldMatch(@"^\d");
            libraries.Packages.System.Count.ShouldBeGreaterThan(20);
        }

        if (libraries.Bin.Contains("python3"))
        {
            libraries.Packages.Python.Values.ShouldAllBe(v => !v.Contains('\t'));
        }

        if (libraries.Bin.Contains("perl"))
        {
            libraries.Packages.Perl["Perl"].ShouldMatch(@"^5\.\d+\.\d+$");
        }

        if (File.Exists("/etc/ld.so.cache"))
        {
            libraries.Packages.C["libc"].ShouldMatch(@"^\d");
        }
    }

    [Fact(Timeout = 60_000)]
    public async Task Lists_empty_sections_where_the_tools_are_missing_or_fail()
    {
        using var bin = new Host.HostTree();
        foreach (var tool in (string[])["mktemp", "rm", "cat", "readlink"])
        {
            File.CreateSymbolicLink(bin.At("/" + tool), File.Exists("/usr/bin/" + tool) ? "/usr/bin/" + tool : "/bin/" + tool);
        }

        foreach (var tool in (string[])["python3", "perl", "dpkg-query", "ldconfig"])
        {
            bin.Put("/" + tool, "#!/bin/sh\nprintf 'python\\t1\\thalf'; exit 3\n");
            File.SetUnixFileMode(bin.At("/" + tool), UnixFileMode.UserRead | UnixFileMode.UserExecute | UnixFileMode.UserWrite);
        }

        bin.Put("/odd\nname\t!", "").Put("/no program", "");
        File.SetUnixFileMode(bin.At("/odd\nname\t!"), UnixFileMode.UserRead | UnixFileMode.UserExecute);

        var libraries = LibraryListing.Parse(await RunBashAsync($"PATH='{bin.Root}'\n" + LibraryListing.Script, TestContext.Current.CancellationToken));

        libraries.Packages.System.ShouldBeEmpty();
        libraries.Packages.Python.ShouldBeEmpty();
        libraries.Packages.Perl.ShouldBeEmpty();
        libraries.Packages.C.ShouldBeEmpty();
        libraries.Bin.ShouldContain("odd\nname\t!");
        libraries.Bin.ShouldNotContain("no program");
    }

    private static async Task<string> RunBashAsync(string script, CancellationToken cancellationToken)
    {
        using var process = Process.Start(new ProcessStartInfo("/bin/bash", ["-c", script]) { RedirectStandardOutput = true })!;
        var output = await process.StandardOutput.ReadToEndAsync(cancellationToken);
        await process.WaitForExitAsync(cancellationToken);
        return output;
    }

    private LibraryInspector Inspector(Func<string, CancellationToken, Task<string>> run) => new(run, Period, _time);
}
