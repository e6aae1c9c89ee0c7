using System.Text.RegularExpressions;

namespace SandboxApi.Cli.Errors;

/// <summary>Takes a message of several sentences apart: what is wrong comes first, what to do about it behind.</summary>
internal static partial class Sentences
{
    private const string Mend = "To mend ";

    /// <summary>The first sentence, without its full stop.</summary>
    internal static string First(string message)
    {
        var text = message.TrimEnd();
        return (End().Match(text) is { Success: true } end ? text[..end.Index] : text).TrimEnd('.');
    }

    /// <summary>Advice of several cures, with the first of them; the doctor tells the others.</summary>
    internal static string Shortened(string advice)
    {
        var first = advice.IndexOf(Mend, StringComparison.Ordinal);
        var second = first < 0 ? -1 : advice.IndexOf(Mend, first + 1, StringComparison.Ordinal);
        return (second < 0 ? advice : advice[..second] + "For the others run 'sandbox doctor'").TrimEnd('.', ' ');
    }

    /// <summary>A full stop, a blank and a capital: not that of an abbreviation, a version or a file's name.</summary>
    [GeneratedRegex(@"(?<=[\w)'""\]])\. (?=[A-Z])")]
    private static partial Regex End();
}
