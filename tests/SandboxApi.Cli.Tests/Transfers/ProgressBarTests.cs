using System.Globalization;
using System.Text;
using SandboxApi.Cli.Terminals;
using SandboxApi.Cli.Transfers;

namespace SandboxApi.Cli.Tests.Transfers;

public sealed class ProgressBarTests
{
    [Theory]
    [InlineData("uploading")]
    [InlineData("872b604c-9cce-42e2-8888-9a0311f3a724.tgz")]
    [InlineData("a/very/long/path/of/a/file/whose/name/is/even/longer/than/all/terminals/are/wide/and/then/some/more/report.txt")]
    [InlineData("報告書/二〇二六年/結果.txt")]
    public void A_bar_fits_every_width(string label)
    {
        foreach (var moved in new long[] { 0, 1, 1_234_567, 123_456_789, 987_654_321 })
        {
            for (var columns = 19; columns <= 200; columns++)
            {
                var bar = ProgressBar.Draw(label, moved, 987_654_321, TimeSpan.FromSeconds(1.5), columns);
                Width(bar).ShouldBeLessThanOrEqualTo(columns, bar);
                bar.ShouldContain(" %");
            }
        }
    }

    [Theory]
    [InlineData(79, "uploading [==>              ]  15 %  150 MiB of 941.9 MiB  100 MiB/s")]
    [InlineData(50, "uploading [===>               ]  15 %  150 MiB of 941.9 MiB")]
    [InlineData(30, "uploading [=>         ]  15 %")]
    public void What_does_not_fit_is_left_out_the_least_important_first(int columns, string expected) =>
        Squeezed(ProgressBar.Draw("uploading", 150 << 20, 987_654_321, TimeSpan.FromSeconds(1.5), columns)).ShouldBe(Squeezed(expected));

    [Fact(Timeout = 30_000)]
    public async Task A_line_is_shown_on_a_terminal_and_wiped_afterwards()
    {
        using var error = new MemoryStream();
        var shown = new TaskCompletionSource();
        var line = new StatusLine(On(error, isTerminal: true), isQuiet: false, TimeSpan.Zero, (_, columns) =>
        {
            // The second time it is asked, the first has been written.
            if (error.Length > 0)
                shown.TrySetResult();
            return columns.ToString(CultureInfo.InvariantCulture);
        });
        await shown.Task.WaitAsync(TestContext.Current.CancellationToken);
        await line.DisposeAsync();

        Encoding.UTF8.GetString(error.ToArray()).ShouldBe("\r59\e[K\r\e[K");
    }

    [Theory]
    [InlineData(false, false)]
    [InlineData(true, true)]
    public async Task Elsewhere_nothing_is_shown(bool isTerminal, bool isQuiet)
    {
        using var error = new MemoryStream();
        await using (new StatusLine(On(error, isTerminal), isQuiet, TimeSpan.Zero, (_, _) => throw new InvalidOperationException("was drawn")))
            await Task.Yield();

        error.Length.ShouldBe(0);
    }

    private static Terminal On(Stream error, bool isTerminal) => new() { Input = Stream.Null, Output = Stream.Null, ErrorStream = error, ErrorIsTerminal = isTerminal, ErrorColumns = () => 60, Variable = _ => null };

    private static int Width(string text) => text.EnumerateRunes().Sum(rune => rune.Value >= 0x2E80 ? 2 : 1);

    /// <summary>How many columns are the bar's own is not what this is about.</summary>
    private static string Squeezed(string text) => System.Text.RegularExpressions.Regex.Replace(text, @"=*> *\]", "]");
}
