namespace SandboxApi.FuzzTests.Fuzzing;

/// <summary>The inputs of one target: the files of its folder, then whatever made it behave in a way not seen before.</summary>
internal sealed class FuzzCorpus
{
    private const int Most = 2000;

    private readonly List<byte[]> _inputs;
    private readonly HashSet<string> _seen = [];

    private FuzzCorpus(List<byte[]> inputs) => _inputs = inputs;

    public int Count => _inputs.Count;

    public byte[] this[int index] => _inputs[index];

    /// <param name="target">Its folder; one whose inputs depend on the host may have none.</param>
    /// <param name="further">Inputs beside those of the folder.</param>
    public static FuzzCorpus Load(string target, IEnumerable<byte[]> further)
    {
        var directory = Path.Combine(AppContext.BaseDirectory, "Corpus", target);
        var files = Directory.Exists(directory) ? Directory.GetFiles(directory).Order(StringComparer.Ordinal) : Enumerable.Empty<string>();
        List<byte[]> inputs = [.. files.Select(File.ReadAllBytes), .. further];
        inputs.ShouldNotBeEmpty($"the corpus of {target} is in {directory}");
        return new FuzzCorpus(inputs);
    }

    public byte[] Any(Random random) => _inputs[random.Next(_inputs.Count)];

    /// <summary>Keeps an input for further mutation when it did something new: the guidance that finds what no single mutation reaches.</summary>
    public void Learn(byte[] input, string behaviour)
    {
        if (_seen.Add(behaviour) && _inputs.Count < Most && input.Length < 1 << 16)
            _inputs.Add(input);
    }
}
