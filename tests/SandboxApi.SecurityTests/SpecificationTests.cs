using System.Reflection;
using System.Text.RegularExpressions;

namespace SandboxApi.SecurityTests;

/// <summary>SPECIFICATION.md and this suite agree: every test or class of tests that it names as <c>SecurityTests: …</c> exists.</summary>
public sealed partial class SpecificationTests
{
    [Fact]
    public void Every_test_that_the_specification_names_exists()
    {
        var directory = new DirectoryInfo(AppContext.BaseDirectory);
        while (directory is not null && !File.Exists(Path.Combine(directory.FullName, "SPECIFICATION.md")))
            directory = directory.Parent;
        Assert.SkipWhen(directory is null, "SPECIFICATION.md is not above the tests: they run outside of their repository");
        var named = Name().Matches(File.ReadAllText(Path.Combine(directory.FullName, "SPECIFICATION.md"))).Select(match => match.Groups[1].Value).ToHashSet();

        named.ShouldNotBeEmpty();
        named.Except(Existing()).ShouldBeEmpty();
    }

    private static HashSet<string> Existing() =>
        [.. typeof(SpecificationTests).Assembly.GetTypes().SelectMany(type => type.GetMethods(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly)
            .Where(method => method.GetCustomAttributes().Any(attribute => attribute is FactAttribute))
            .SelectMany(method => new[] { type.Name, $"{type.Name}.{method.Name}" }))];

    [GeneratedRegex(@"`SecurityTests: (\w+Tests(?:\.\w+)?)`")]
    private static partial Regex Name();
}
