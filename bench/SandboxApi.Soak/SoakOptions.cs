using System.Globalization;

namespace SandboxApi.Soak;

/// <summary>What to do, as the command line says it.</summary>
internal sealed record SoakOptions
{
    internal const string Help = """
        SandboxApi.Soak [OPTIONS]
          --runs N       how many runs (20000)
          --minutes M    end after M minutes at the latest
          --clients N    how many at one time (64)
          --seed N       what the runs are drawn from (1); a run is the same whenever seed and number are
          --warm-up N    runs before the baseline is taken (400), and as many again until memory is flat
          --only N       that run alone, with its request and answer in full
          --kind NAME    that kind of work alone; may be repeated
          --unfriendly S instead: each attack of a catalogue for S seconds, honest clients beside it;
                         --kind WORD takes those whose names have the word
          --server URL   a server that runs already: the figures of its host are left out
          --sandbox PATH the program whose 'serve' is tested (the repository's ./sandbox)
          --report DIR   where the report is written (artifacts/soak)
        Exit code: 0 when all held, 1 when not, 2 for a wrong command line.
        """;

    internal int Runs { get; private init; } = 20_000;

    internal TimeSpan? Longest { get; private init; }

    internal int Clients { get; private init; } = 64;

    internal int Seed { get; private init; } = 1;

    internal int WarmUp { get; private init; } = 400;

    internal int? Only { get; private init; }

    internal IReadOnlyList<string> Kinds { get; private init; } = [];

    /// <summary>How long each attack is made; null for the soak itself.</summary>
    internal TimeSpan? Unfriendly { get; private init; }

    internal Uri? Server { get; private init; }

    internal string Sandbox { get; private init; } = Path.Combine(Repository(), "sandbox");

    internal string Report { get; private init; } = Path.Combine(Repository(), "artifacts", "soak");

    /// <exception cref="FormatException">The message says what is wrong.</exception>
    internal static SoakOptions Parse(IReadOnlyList<string> arguments)
    {
        var options = new SoakOptions();
        for (var i = 0; i < arguments.Count; i += 2)
        {
            var name = arguments[i];
            var value = i + 1 < arguments.Count ? arguments[i + 1] : throw new FormatException($"{name} needs a value.");
            options = name switch
            {
                "--runs" => options with { Runs = Number(name, value, 1) },
                "--minutes" => options with { Longest = TimeSpan.FromMinutes(Number(name, value, 1)) },
                "--clients" => options with { Clients = Number(name, value, 1) },
                "--seed" => options with { Seed = Number(name, value, int.MinValue) },
                "--warm-up" => options with { WarmUp = Number(name, value, 0) },
                "--only" => options with { Only = Number(name, value, int.MinValue) },
                "--kind" => options with { Kinds = [.. options.Kinds, value] },
                "--unfriendly" => options with { Unfriendly = TimeSpan.FromSeconds(Number(name, value, 1)) },
                "--server" => options with { Server = Uri.TryCreate(value, UriKind.Absolute, out var url) ? url : throw new FormatException($"{value} is no URL.") },
                "--sandbox" => options with { Sandbox = value },
                "--report" => options with { Report = Path.GetFullPath(value) },
                _ => throw new FormatException($"{name} is no option."),
            };
        }

        return options;
    }

    private static int Number(string name, string value, int least) =>
        int.TryParse(value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) && number >= least
            ? number
            : throw new FormatException($"{name} must be a whole number{(least > int.MinValue ? $", at least {least}" : "")}.");

    /// <summary>The top of the repository this program was built in; the working directory for one that was taken elsewhere.</summary>
    private static string Repository()
    {
        for (var directory = new DirectoryInfo(AppContext.BaseDirectory); directory is not null; directory = directory.Parent)
        {
            if (File.Exists(Path.Combine(directory.FullName, "SandboxApi.slnx")))
                return directory.FullName;
        }

        return Directory.GetCurrentDirectory();
    }
}
