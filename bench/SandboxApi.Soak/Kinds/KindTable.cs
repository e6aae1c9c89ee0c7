namespace SandboxApi.Soak.Kinds;

/// <summary>All kinds of work, drawn by their weights.</summary>
internal sealed class KindTable
{
    private readonly Kind[] _kinds;
    private readonly int _total;
    private readonly int _seed;

    internal KindTable(ServerFacts facts, IReadOnlyList<string> names, int seed)
    {
        Kind[] all = [.. PlainKinds.All, .. OutputKinds.All, .. EnvironmentKinds.All, .. LanguageKinds.All, .. LimitKinds.All(facts), .. HostileKinds.All, .. RefusalKinds.All(facts), .. ClientKinds.All(facts)];
        if (names.FirstOrDefault(name => !Array.Exists(all, kind => kind.Name == name)) is { } unknown)
            throw new FormatException($"There is no kind '{unknown}' here; there are: {string.Join(", ", all.Select(kind => kind.Name))}.");
        _kinds = [.. all.Where(kind => (kind.Needs is null || facts.Programs.Contains(kind.Needs)) && (names.Count == 0 || names.Contains(kind.Name)))];
        _total = _kinds.Sum(kind => kind.Weight);
        _seed = seed;
        LeftOut = names.Count > 0 ? [] : [.. all.Except(_kinds).Select(kind => kind.Name)];
    }

    /// <summary>Kinds whose program is not there.</summary>
    internal IReadOnlyList<string> LeftOut { get; }

    /// <summary>The work of a run.</summary>
    internal (Kind Kind, Work Work) Draw(int number)
    {
        var dice = new Dice(_seed, number);
        var at = dice.Number(0, _total - 1);
        var kind = _kinds.First(candidate => (at -= candidate.Weight) < 0);
        return (kind, kind.Draw(dice));
    }
}
