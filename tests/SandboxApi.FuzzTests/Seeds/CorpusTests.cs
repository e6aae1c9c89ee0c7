namespace SandboxApi.FuzzTests.Seeds;

/// <summary>The seeds of the corpus are made by the <see cref="Seeder"/>; what fuzzing found lies beside them as <c>regression-*</c>.</summary>
public sealed class CorpusTests
{
    [Theory]
    [InlineData("tar")]
    [InlineData("gzip")]
    [InlineData("config")]
    [InlineData("request")]
    [InlineData("init")]
    [InlineData("reply")]
    public async Task The_seeds_are_those_that_the_generator_makes(string target)
    {
        var seeds = Seeder.All[target];
        if (Environment.GetEnvironmentVariable("UPDATE_CORPUS") == "1")
        {
            var directory = Directory.CreateDirectory(Path.Combine(Path.GetDirectoryName(Here())!, "../Corpus", target)).FullName;
            foreach (var old in Directory.GetFiles(directory, "seed-*"))
                File.Delete(old);
            foreach (var (name, bytes) in seeds)
                await File.WriteAllBytesAsync(Path.Combine(directory, "seed-" + name), bytes);
            return;
        }

        var files = Directory.GetFiles(Path.Combine(AppContext.BaseDirectory, "Corpus", target), "seed-*").Select(Path.GetFileName);
        files.ShouldBe(seeds.Keys.Select(name => "seed-" + name), ignoreOrder: true, "run UPDATE_CORPUS=1 dotnet test --project tests/SandboxApi.FuzzTests --filter-class \"*.CorpusTests\"");

        // How zlib compresses may change from version to version; what it is given may not.
        if (target != "gzip")
            foreach (var (name, bytes) in seeds)
                (await File.ReadAllBytesAsync(Path.Combine(AppContext.BaseDirectory, "Corpus", target, "seed-" + name))).ShouldBe(bytes, name);
    }

    private static string Here([System.Runtime.CompilerServices.CallerFilePath] string file = "") => file;
}
