namespace SandboxApi.Protocol.Tests.Architecture;

/// <summary>The folders of each assembly know each other one way only: as the table of ARCHITECTURE.md says.</summary>
public sealed class FolderTests
{
    [Fact]
    public void Every_folder_knows_only_those_that_the_table_allows()
    {
        var table = Table();
        var forbidden =
            from assembly in Assemblies()
            from folder in Folders(assembly)
            where table.ContainsKey((assembly[0].Assembly, folder))
            from other in Folders(assembly)
            where other != folder && !table[(assembly[0].Assembly, folder)].Exists(allowed => allowed.Folder == other)
            from file in assembly
            where file.Folder == folder
            let word = file.Knows(other, assembly)
            where word is not null
            select $"src/{file.Assembly}/{file.Name} uses '{word}' of the folder {other}. Turn that arrow; or, when it is meant and makes no circle, add {other} to the row of `{file.Assembly}` `{folder}` in ARCHITECTURE.md, \"{FolderTable.Heading}\".";

        forbidden.ShouldBeEmpty();
    }

    [Fact]
    public void Every_folder_has_a_row_and_every_row_a_folder()
    {
        var folders = Assemblies().SelectMany(assembly => Folders(assembly).Select(folder => (assembly[0].Assembly, Folder: folder))).ToHashSet();
        var table = Table();

        folders.Except(table.Keys).Select(missing => $"ARCHITECTURE.md, \"{FolderTable.Heading}\", lacks the row | `{missing.Assembly}` | {missing.Folder} | the folders it may know |").ShouldBeEmpty();
        table.Keys.Except(folders).Select(row => $"ARCHITECTURE.md, \"{FolderTable.Heading}\", has a row for src/{row.Assembly}/{row.Folder}, which is not there: remove it.").ShouldBeEmpty();
        table.SelectMany(row => row.Value.Where(other => !folders.Contains((row.Key.Assembly, other.Folder))).Select(other => $"The row of {row.Key} names {other.Folder}, which is not there.")).ShouldBeEmpty();
    }

    [Fact]
    public void The_arrows_that_are_allowed_make_no_circle_but_those_that_are_marked()
    {
        var table = Table();
        foreach (var start in table.Keys)
        {
            var reached = new HashSet<string>();
            var open = new Stack<string>([start.Folder]);
            while (open.TryPop(out var folder))
            {
                foreach (var (next, _) in table.GetValueOrDefault((start.Assembly, folder), []).Where(arrow => !arrow.IsCircle))
                {
                    next.ShouldNotBe(start.Folder, $"{start} knows itself over {folder}");
                    if (reached.Add(next))
                        open.Push(next);
                }
            }
        }
    }

    [Fact]
    public void A_folder_is_called_as_its_namespace_is()
    {
        var wrong =
            from assembly in Assemblies()
            from file in assembly
            where file.Folder.Length > 0
            let below = string.Join('.', file.Name.Split('/')[..^1])
            where file.Namespace is not "SandboxApi" && file.Namespace != $"{file.Assembly}.{below}" && file.Namespace != $"SandboxApi.{below}"
            select $"src/{file.Assembly}/{file.Name} has the namespace {file.Namespace}: SandboxApi for what users see, or {file.Assembly}.{below}.";

        wrong.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("using SandboxApi.Runtime.Engine;", "SandboxApi.Runtime.Engine")]
    [InlineData("using static SandboxApi.Runtime.Engine.Motor;", "SandboxApi.Runtime.Engine")]
    [InlineData("using M = SandboxApi.Runtime.Engine.Motor;", "SandboxApi.Runtime.Engine")]
    [InlineData("class A { global::SandboxApi.Runtime.Engine.Motor m; }", "SandboxApi.Runtime.Engine")]
    [InlineData("class A { object m = new Engine.Motor(); }", "Engine.Motor")]
    [InlineData("class A { object m = $\"{Engine.Motor.Name}\"; }", "Engine.Motor")]
    [InlineData("class A { object m = $$\"\"\" { {{Engine.Motor.Name}} \"\"\"; }", "Engine.Motor")]
    [InlineData("class A { Face f; }", "Face")]
    [InlineData("// using SandboxApi.Runtime.Engine;", null)]
    [InlineData("/* Face */ /// <see cref=\"Face\"/>", null)]
    [InlineData("class A { string m = \"\\\"Face\" + @\"\"\"Face\" + \"\"\" \"Face\" \"\"\" + '\"'; } ", null)]
    [InlineData("class A { object m = x.Face + $\"{{Face}}\"; char c = '\\''; }", null)]
    [InlineData("class A { Surface s; Faces f; object m = x.Engine.Motor; }", null)]
    public void What_counts_as_knowing_a_folder(string source, string? word)
    {
        SourceFile[] there =
        [
            new("SandboxApi.Runtime", "Engine", "Engine/Motor.cs", "namespace SandboxApi.Runtime.Engine;\n\ninternal static class Motor\n{\n}\n"),
            new("SandboxApi.Runtime", "Engine", "Engine/Face.cs", "namespace SandboxApi;\n\npublic sealed class Face\n{\n}\n"),
        ];

        new SourceFile("SandboxApi.Runtime", "Pool", "Pool/A.cs", SourceText.CodeOf(source)).Knows("Engine", there).ShouldBe(word);
    }

    private static Dictionary<(string Assembly, string Folder), List<(string Folder, bool IsCircle)>> Table()
    {
        var table = FolderTable.Read(File.ReadAllText(Path.Combine(Repository().FullName, "ARCHITECTURE.md")));
        table.ShouldNotBeEmpty($"ARCHITECTURE.md has no table under \"{FolderTable.Heading}\"");
        return table;
    }

    private static List<IReadOnlyList<SourceFile>> Assemblies() =>
        [.. new DirectoryInfo(Path.Combine(Repository().FullName, "src")).EnumerateDirectories("SandboxApi.*").Select(SourceFile.Of).Where(files => files.Count > 0)];

    private static List<string> Folders(IReadOnlyList<SourceFile> assembly) => [.. assembly.Select(file => file.Folder).Where(folder => folder.Length > 0).Distinct()];

    private static DirectoryInfo Repository()
    {
        var directory = new DirectoryInfo(AppContext.BaseDirectory);
        while (directory is not null && !File.Exists(Path.Combine(directory.FullName, "ARCHITECTURE.md")))
            directory = directory.Parent;
        Assert.SkipWhen(directory is null, "ARCHITECTURE.md is not above the tests: they run outside of their repository");
        return directory;
    }
}
