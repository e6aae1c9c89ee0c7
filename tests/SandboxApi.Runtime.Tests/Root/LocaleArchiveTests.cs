using System.Diagnostics;
using SandboxApi.Runtime.Root;

namespace SandboxApi.Runtime.Tests.Root;

/// <summary>The one file with all locales that is laid over the host's directories of them.</summary>
public sealed class LocaleArchiveTests : IDisposable
{
    private readonly DirectoryInfo _place = Directory.CreateTempSubdirectory("locales-");

    private string Locales => Path.Combine(_place.FullName, "locales");

    private string Scratch => Path.Combine(_place.FullName, "scratch");

    public LocaleArchiveTests()
    {
        Directory.CreateDirectory(Locales);
        Directory.CreateDirectory(Scratch);
    }

    public void Dispose() => _place.Delete(recursive: true);

    [Fact(Timeout = 30_000)]
    public async Task It_holds_every_directory()
    {
        AddLocale("C.utf8");
        AddLocale("aa_BB.utf8");

        var made = await LocaleArchive.MakeAsync(Locales, Scratch);

        made.ShouldBe(Path.Combine(Scratch, "usr/lib/locale/locale-archive"));
        (await ListAsync()).ShouldBe(["C.utf8", "aa_BB.utf8"], ignoreOrder: true);
    }

    [Fact(Timeout = 30_000)]
    public async Task It_keeps_what_an_archive_of_the_host_holds()
    {
        AddLocale("aa_BB.utf8");
        File.Move((await LocaleArchive.MakeAsync(Locales, Scratch))!, Path.Combine(Locales, "locale-archive"));
        Directory.Delete(Path.Combine(Locales, "aa_BB.utf8"), recursive: true);
        AddLocale("C.utf8");

        (await LocaleArchive.MakeAsync(Locales, Scratch)).ShouldNotBeNull();

        (await ListAsync()).ShouldBe(["C.utf8", "aa_BB.utf8"], ignoreOrder: true);
    }

    [Fact(Timeout = 30_000)]
    public async Task Locales_that_are_best_left_alone_are()
    {
        (await LocaleArchive.MakeAsync(Path.Combine(Locales, "nowhere"), Scratch)).ShouldBeNull();
        (await LocaleArchive.MakeAsync(Locales, Scratch)).ShouldBeNull("there are none");

        AddLocale("C.utf8");
        using (var large = File.Create(Path.Combine(Locales, "C.utf8", "large")))
            large.SetLength(9 << 20);
        (await LocaleArchive.MakeAsync(Locales, Scratch)).ShouldBeNull("they would take much memory");
    }

    [Fact(Timeout = 30_000)]
    public async Task A_locale_that_would_be_lost_is_left_where_it_is()
    {
        AddLocale("C.utf8");
        AddLocale("aa_BB.utf8");
        File.Delete(Path.Combine(Locales, "aa_BB.utf8", "LC_TIME"));

        (await LocaleArchive.MakeAsync(Locales, Scratch)).ShouldBeNull();
    }

    private void AddLocale(string name)
    {
        Assert.SkipUnless(File.Exists("/usr/bin/localedef") && Directory.Exists("/usr/lib/locale/C.utf8"), "this host has no localedef, or no C.utf8");
        var target = Path.Combine(Locales, name);
        foreach (var file in Directory.GetFiles("/usr/lib/locale/C.utf8", "*", SearchOption.AllDirectories))
        {
            var copy = Path.Combine(target, Path.GetRelativePath("/usr/lib/locale/C.utf8", file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
        }
    }

    private async Task<string[]> ListAsync()
    {
        using var list = Process.Start(new ProcessStartInfo("/usr/bin/localedef", ["--prefix=" + Scratch, "--list-archive"]) { RedirectStandardOutput = true })!;
        var output = await list.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await list.WaitForExitAsync(TestContext.Current.CancellationToken);
        return output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }
}
