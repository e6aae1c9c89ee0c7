using System.Text;
using System.Text.RegularExpressions;
using SandboxApi.FuzzTests.Fuzzing;

namespace SandboxApi.FuzzTests.Requests;

/// <summary>Mutates JSON token by token, so that most of what it makes is JSON still.</summary>
internal static partial class JsonMutator
{
    private static readonly string[] s_tokens =
    [
        "null", "true", "false", "0", "-0", "-1", "1", "1.5", "1e-9", "1e308", "1e999", "-1e308", "9223372036854775807", "9223372036854775808", "123456789012.1234567", "0.1234567890123456789",
        "\"\"", "\"a\"", "\"\\u0000\"", "\"\\ud800\"", "\"\\udc00\\ud800\"", "\"\\ud83d\\ude00\"", "\"\u00e9\"", "\"=\"", "\"-\"", "\"872b604c-9cce-42e2-8888-9a0311f3a724\"", "\"872b604c9cce42e288889a0311f3a724\"", "\"../x\"",
        "[]", "{}", "[[]]", "{\"\":0}", "\"commands\"", "\"command\"", "\"timeout\"", "\"limits\"", "\"environ\"", "\"environment\"", "\"save\"", "\"stdin\"", "\"result_path\"", "\"wall_time\"", "\"memory\"", "\"output\"",
        ",", ":", "{", "}", "[", "]", " ", "/**/", "\u00ff",
    ];

    public static byte[] Mutate(Random random, byte[] input, FuzzCorpus corpus)
    {
        if (random.Next(5) == 0)
            return ByteMutator.Mutate(random, input, corpus);
        var tokens = Tokens(input);
        for (var left = 1 + random.Next(4); left > 0; left--)
            MutateOnce(random, tokens, corpus);
        return Encoding.Latin1.GetBytes(string.Concat(tokens));
    }

    private static void MutateOnce(Random random, List<string> tokens, FuzzCorpus corpus)
    {
        var at = random.Next(tokens.Count + 1);
        var length = Math.Min(random.Next(1, 6), tokens.Count - at);
        switch (random.Next(6))
        {
            case 0:
                tokens.RemoveRange(at, length);
                break;
            case 1:
                tokens.InsertRange(at, tokens.GetRange(at, length));
                break;
            case 2:
                tokens.Insert(at, s_tokens[random.Next(s_tokens.Length)]);
                break;
            case 3:
                var others = Tokens(corpus.Any(random));
                var from = random.Next(others.Count + 1);
                tokens.InsertRange(at, others.GetRange(from, Math.Min(others.Count - from, random.Next(8))));
                break;
            default:
                if (at < tokens.Count)
                    tokens[at] = s_tokens[random.Next(s_tokens.Length)];
                break;
        }
    }

    // Latin-1 keeps every byte as it is.
    private static List<string> Tokens(byte[] json) => [.. Token().Matches(Encoding.Latin1.GetString(json)).Select(match => match.Value)];

    [GeneratedRegex("\"(?:[^\"\\\\]|\\\\.)*\"?|-?[0-9][0-9.eE+-]*|[a-z]+|\\s+|.", RegexOptions.Singleline)]
    private static partial Regex Token();
}
