using System.Text;

namespace SandboxApi.Soak.Kinds;

/// <summary>What a run draws its work from: the same numbers for the same seed and number of the run.</summary>
internal sealed class Dice(int seed, int number)
{
    private const string Letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
    private static readonly string[] s_more = [" ", "  ", "\t", "-", "$", "\\", "\"", "`", "%", "{", ";", "é", "ß", "漢", "\u0301", "😀", "\u202e", "\ufeff"];

    private readonly Random _random = new(unchecked((seed * 1_000_003) ^ (number * 7919)));

    /// <summary>A number from <paramref name="least"/> to <paramref name="most"/>.</summary>
    internal int Number(int least, int most) => (int)_random.NextInt64(least, most + 1L);

    internal bool Chance(double probability) => _random.NextDouble() < probability;

    internal T Pick<T>(params ReadOnlySpan<T> choices) => choices[Number(0, choices.Length - 1)];

    internal byte[] Bytes(int count)
    {
        var bytes = new byte[count];
        _random.NextBytes(bytes);
        return bytes;
    }

    /// <summary>Letters and digits, good as a name.</summary>
    internal string Word(int length) => new(_random.GetItems<char>(Letters, length));

    /// <summary>A text that stands unchanged between single quotes and has no white space around it.</summary>
    internal string Text(int pieces)
    {
        var text = new StringBuilder(Word(1));
        for (var i = 0; i < pieces; i++)
            text.Append(Chance(0.8) ? Word(1) : Pick<string>(s_more));
        return text.Append(Word(1)).ToString();
    }

    /// <summary>Lines of text, some <paramref name="bytes"/> long.</summary>
    internal string Lines(int bytes)
    {
        var text = new StringBuilder(Word(1));
        while (text.Length < bytes)
            text.Append(Word(Math.Min(60, bytes - text.Length))).Append('\n');
        return text.ToString();
    }
}
