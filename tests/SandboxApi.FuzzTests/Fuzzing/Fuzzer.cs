using System.Diagnostics;

namespace SandboxApi.FuzzTests.Fuzzing;

/// <summary>Tries every input of a target's corpus, then mutations of them, until the time is over.</summary>
/// <param name="target">Its folder in the corpus.</param>
/// <param name="mutate">Makes an input of another; may take pieces of the corpus.</param>
/// <param name="check">Throws when a property does not hold; else says in short what the input did.</param>
/// <param name="further">Inputs to begin with beside the corpus.</param>
internal sealed class Fuzzer(string target, Func<Random, byte[], FuzzCorpus, byte[]> mutate, Func<byte[], Task<string>> check, params byte[][] further)
{
    private const int ShrinkTries = 300;
    private static readonly TimeSpan s_shrinkTime = TimeSpan.FromSeconds(20);

    public async Task RunAsync()
    {
        if (FuzzSettings.Input is { } file)
        {
            if (Path.GetFileName(file).StartsWith(target + "-", StringComparison.Ordinal))
                await check(await File.ReadAllBytesAsync(file));
            return;
        }

        var corpus = FuzzCorpus.Load(target, further);
        for (var i = 0; i < corpus.Count; i++)
            await TryAsync(corpus[i], $"file {i} of the corpus");
        var random = new Random(FuzzSettings.Seed);
        var started = Stopwatch.GetTimestamp();
        var tried = 0;
        var behaviours = new HashSet<string>();
        for (; Stopwatch.GetElapsedTime(started) < FuzzSettings.Time && !TestContext.Current.CancellationToken.IsCancellationRequested; tried++)
        {
            var input = mutate(random, corpus.Any(random), corpus);
            var behaviour = await TryAsync(input, $"case {tried} of FUZZ_SEED={FuzzSettings.Seed}");
            behaviours.Add(behaviour);
            corpus.Learn(input, behaviour);
        }

        TestContext.Current.TestOutputHelper?.WriteLine($"{target}: {tried} cases, {behaviours.Count} behaviours, {corpus.Count} inputs kept, seed {FuzzSettings.Seed}");
    }

    private async Task<string> TryAsync(byte[] input, string name)
    {
        try
        {
            return await check(input);
        }
        catch (Exception exception)
        {
            var small = await ShrinkAsync(input, exception);
            var path = Path.Combine(Path.GetTempPath(), $"{target}-{Guid.NewGuid():N}");
            await File.WriteAllBytesAsync(path, small);
            throw new FuzzException($"{target}, {name}: {exception.Message}\n{input.Length} bytes, {small.Length} of them kept in {path}; again: FUZZ_INPUT={path}. As base64: {Convert.ToBase64String(small.AsSpan(0, Math.Min(small.Length, 6000)))}", exception);
        }
    }

    /// <summary>Leaves away what the failure does not need.</summary>
    private async Task<byte[]> ShrinkAsync(byte[] input, Exception failure)
    {
        var tries = 0;
        var started = Stopwatch.GetTimestamp();
        for (var piece = Math.Max(1, input.Length / 2); piece > 0 && IsWorthIt(); piece /= 2)
        {
            for (var at = 0; at < input.Length && IsWorthIt(); tries++)
            {
                byte[] less = [.. input.AsSpan(0, at), .. input.AsSpan(Math.Min(input.Length, at + piece))];
                if (await FailsAlikeAsync(less, failure))
                    input = less;
                else
                    at += piece;
            }
        }

        return input;

        bool IsWorthIt() => tries < ShrinkTries && Stopwatch.GetElapsedTime(started) < s_shrinkTime;
    }

    private async Task<bool> FailsAlikeAsync(byte[] input, Exception failure)
    {
        try
        {
            await check(input);
            return false;
        }
        catch (Exception exception)
        {
            return exception.GetType() == failure.GetType();
        }
    }
}

/// <summary>A property did not hold; the message says how to see it again.</summary>
internal sealed class FuzzException(string message, Exception inner) : Exception(message, inner);
