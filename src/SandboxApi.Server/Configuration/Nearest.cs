namespace SandboxApi.Server.Configuration;

/// <summary>Finds what somebody meant who mistyped a word.</summary>
internal static class Nearest
{
    /// <summary>The known word that is nearest to the one typed; null when none is near.</summary>
    internal static string? Of(string typed, IEnumerable<string> known)
    {
        // One slip in a short word, two in a longer one: more would be a guess.
        var most = typed.Length < 3 ? 0 : typed.Length < 6 ? 1 : 2;
        string? best = null;
        var least = most + 1;
        foreach (var word in known)
        {
            var distance = typed.Length > 2 && (word.StartsWith(typed, StringComparison.OrdinalIgnoreCase) || (word.Length > 3 && typed.StartsWith(word, StringComparison.OrdinalIgnoreCase)))
                ? 1
                : Math.Abs(word.Length - typed.Length) > most ? int.MaxValue : Distance(typed.ToUpperInvariant(), word.ToUpperInvariant());
            if (distance < least)
                (best, least) = (word, distance);
        }

        return best;
    }

    /// <summary>How many letters were left out, added, changed or swapped with their neighbour.</summary>
    private static int Distance(string a, string b)
    {
        var rows = new int[a.Length + 1, b.Length + 1];
        for (var i = 0; i <= a.Length; i++)
            rows[i, 0] = i;
        for (var j = 0; j <= b.Length; j++)
            rows[0, j] = j;
        for (var i = 1; i <= a.Length; i++)
        {
            for (var j = 1; j <= b.Length; j++)
            {
                var change = rows[i - 1, j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
                rows[i, j] = Math.Min(change, Math.Min(rows[i - 1, j], rows[i, j - 1]) + 1);
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                    rows[i, j] = Math.Min(rows[i, j], rows[i - 2, j - 2] + 1);
            }
        }

        return rows[a.Length, b.Length];
    }
}
