using System.Text.RegularExpressions;

namespace SandboxApi.Protocol.Tests.Architecture;

/// <summary>A file of an assembly's source: in which folder it lies, what it declares, and what it says.</summary>
/// <param name="Assembly">The assembly's name.</param>
/// <param name="Folder">The first folder below the assembly's; empty for none.</param>
/// <param name="Name">The path below the assembly's folder.</param>
/// <param name="Code">Without comments and strings.</param>
internal sealed partial record SourceFile(string Assembly, string Folder, string Name, string Code)
{
    public string Namespace { get; } = NamespaceOf().Match(Code).Groups[1].Value;

    /// <summary>The types that stand in no other.</summary>
    public IReadOnlyList<string> Types { get; } = [.. TypesOf().Matches(Code).Select(match => match.Groups[1].Value)];

    /// <summary>All of an assembly, but for what was built.</summary>
    public static IReadOnlyList<SourceFile> Of(DirectoryInfo assembly) =>
    [
        .. from file in assembly.EnumerateFiles("*.cs", SearchOption.AllDirectories)
           let name = Path.GetRelativePath(assembly.FullName, file.FullName)
           let parts = name.Split('/')
           where parts[0] is not ("bin" or "obj")
           select new SourceFile(assembly.Name, parts.Length > 1 ? parts[0] : "", name, SourceText.CodeOf(File.ReadAllText(file.FullName))),
    ];

    /// <summary>Why this file knows a folder of its assembly: the word in it that says so; null when it does not.</summary>
    /// <remarks>A namespace of that folder, whole or from the assembly's on; or a type that lies there and has a namespace which all of the assembly see.</remarks>
    public string? Knows(string folder, IEnumerable<SourceFile> assembly)
    {
        var there = assembly.Where(file => file.Folder == folder).ToList();
        foreach (var given in there.Select(file => file.Namespace).Distinct().Where(given => !IsSeenByAll(given)))
        {
            if (Has(Regex.Escape(given)))
                return given;
            var last = given[(given.LastIndexOf('.') + 1)..];
            if (there.Where(file => file.Namespace == given).SelectMany(file => file.Types).FirstOrDefault(type => Has($@"{last}\.{type}")) is { } relative)
                return $"{last}.{relative}";
        }

        return there.Where(file => IsSeenByAll(file.Namespace)).SelectMany(file => file.Types).FirstOrDefault(type => Has(type));
    }

    private bool IsSeenByAll(string given) => given == "SandboxApi" || given == Assembly;

    private bool Has(string word) => Regex.IsMatch(Code, $@"(?<![\w.])(global::)?{word}(?!\w)");

    [GeneratedRegex(@"^namespace ([\w.]+)", RegexOptions.Multiline)]
    private static partial Regex NamespaceOf();

    [GeneratedRegex(@"^(?:(?:public|internal|file|sealed|static|abstract|partial|readonly|unsafe|ref) )*(?:class|struct|interface|enum|record struct|record class|record|delegate [\w<>?\[\]]+) (\w+)", RegexOptions.Multiline)]
    private static partial Regex TypesOf();
}
