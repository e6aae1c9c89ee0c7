namespace SandboxApi.Cli.Errors;

/// <summary>Takes a message of several sentences apart: what is wrong comes first, what to do about it behind.</summary>
internal static class Sentences
{
    private const string Mend = "To mend ";

    /// <summary>The first sentence, without its full stop.</summary>
    internal static string First(string message) => Cut(message.Trim()).First.TrimEnd('.', ' ');

    /// <summary>What is wrong, and the first advice that follows: what comes behind the first sentence, or else behind its last semicolon. Null where there is none.</summary>
    internal static (string What, string? Advice) Split(string message)
    {
        var (first, rest) = Cut(message.Trim());
        first = first.TrimEnd('.', ' ');
        if (rest.Length > 0)
            return (first, OnlyOne(rest));
        var semicolon = LastOutside(first, "; ");
        return semicolon < 0 ? (first, null) : (first[..semicolon], first[(semicolon + 2)..]);
    }

    /// <summary>The advice that came with the failure, else the doctor's, which begins with the name of what it mends.</summary>
    private static string OnlyOne(string advice)
    {
        var cure = advice.IndexOf(Mend, StringComparison.Ordinal);
        return (cure > 0 ? advice[..cure] : advice).TrimEnd('.', ' ');
    }

    /// <summary>Cuts at the first full stop with a blank and a capital behind it: not that of an abbreviation, a version or a file's name, nor one in quotes or brackets.</summary>
    private static (string First, string Others) Cut(string text)
    {
        for (var i = 1; i + 2 < text.Length; i++)
        {
            if (text[i] == '.' && text[i + 1] == ' ' && char.IsUpper(text[i + 2]) && (char.IsLetterOrDigit(text[i - 1]) || text[i - 1] is ')' or '\'' or '"' or ']') && !IsInside(text, i))
                return (text[..i], text[(i + 2)..]);
        }

        return (text, "");
    }

    private static int LastOutside(string text, string separator)
    {
        for (var i = text.LastIndexOf(separator, StringComparison.Ordinal); i > 0; i = text.LastIndexOf(separator, i - 1, StringComparison.Ordinal))
        {
            if (!IsInside(text, i))
                return i;
        }

        return -1;
    }

    /// <summary>Whether brackets are open there, or quotes: those behind a blank or a bracket, as an apostrophe stands in a word.</summary>
    private static bool IsInside(string text, int index)
    {
        var brackets = 0;
        var quoted = false;
        for (var i = 0; i < index; i++)
        {
            if (text[i] == '\'' && (quoted ? i + 1 >= text.Length || !char.IsLetterOrDigit(text[i + 1]) : i == 0 || text[i - 1] is ' ' or '('))
                quoted = !quoted;
            else if (!quoted && text[i] is '(' or '[')
                brackets++;
            else if (!quoted && text[i] is ')' or ']')
                brackets--;
        }

        return quoted || brackets > 0;
    }
}
