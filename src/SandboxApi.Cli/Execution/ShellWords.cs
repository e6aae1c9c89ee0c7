using System.Buffers;
using System.Text;

namespace SandboxApi.Cli.Execution;

/// <summary>Writes words so that bash reads them back as they are, byte by byte.</summary>
internal static class ShellWords
{
    private static readonly SearchValues<char> Safe = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_@%+:,./-");

    /// <summary>What bash takes for the start of something else than a program.</summary>
    private static readonly HashSet<string> Reserved = ["if", "then", "elif", "else", "fi", "time", "for", "in", "until", "while", "do", "done", "case", "esac", "coproc", "select", "function"];

    /// <summary>Whether a word means itself without quotes; <c>=</c> and <c>~</c> mean something else only to a shell.</summary>
    internal static bool IsPlain(string word) => word.Length > 0 && !word.AsSpan().ContainsAnyExcept(Safe);

    /// <summary>One word.</summary>
    internal static string Quote(string word) => IsPlain(word) ? word : "'" + word.Replace("'", @"'\''", StringComparison.Ordinal) + "'";

    /// <summary>A program and its arguments as one command.</summary>
    internal static string Join(IReadOnlyList<string> words)
    {
        var command = new StringBuilder();
        for (var i = 0; i < words.Count; i++)
        {
            if (i > 0)
                command.Append(' ');

            // A quoted word is no keyword, no option of the run (a leading -) and no assignment.
            command.Append(i == 0 && (Reserved.Contains(words[0]) || words[0].StartsWith('-')) ? $"'{words[0]}'" : Quote(words[i]));
        }

        return command.ToString();
    }
}
