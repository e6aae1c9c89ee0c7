using System.Reflection;
using System.Text.RegularExpressions;

namespace SandboxApi.FunctionalTests;

/// <summary>SPECIFICATION.md and the tests agree: every test that it names exists, and every functional test is named.</summary>
public sealed partial class SpecificationTests
{
    [Fact]
    public void Every_test_that_the_specification_names_exists() => Named().Except(Existing()).ShouldBeEmpty();

    [Fact]
    public void Every_functional_test_is_named_by_the_specification() => Existing().Except(Named()).ShouldBeEmpty();

    private static HashSet<string> Named()
    {
        var directory = new DirectoryInfo(AppContext.BaseDirectory);
        while (directory is not null && !File.Exists(Path.Combine(directory.FullName, "SPECIFICATION.md")))
            directory = directory.Parent;
        Assert.SkipWhen(directory is null, "SPECIFICATION.md is not above the tests: they run outside of their repository");
        return [.. TestName().Matches(File.ReadAllText(Path.Combine(directory.FullName, "SPECIFICATION.md"))).Select(match => match.Groups[1].Value)];
    }

    private static HashSet<string> Existing() =>
        [.. typeof(SpecificationTests).Assembly.GetTypes()
            .Where(type => type != typeof(SpecificationTests))
            .SelectMany(type => type.GetMethods(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly))
            .Where(method => method.GetCustomAttributes().Any(attribute => attribute is FactAttribute))
            .Select(method => $"{method.DeclaringType!.Name}.{method.Name}")];

    [GeneratedRegex(@"`(\w+Tests\.\w+)`")]
    private static partial Regex TestName();
}
