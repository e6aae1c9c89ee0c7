using System.CommandLine;
using SandboxApi.Cli.Arguments;
using SandboxApi.Cli.Connections;
using SandboxApi.Cli.Reports;
using SandboxApi.Cli.Terminals;
using SandboxApi.Json;
using CliCommand = System.CommandLine.Command;

namespace SandboxApi.Cli.Commands;

/// <summary><c>sandbox libraries</c>: what is installed inside the sandboxes.</summary>
internal sealed class LibrariesCommand : CliCommand
{
    private static readonly string[] Sections = ["system", "python", "perl", "c", "bin"];

    private readonly CommandContext _context;
    private readonly ConnectionArguments _connection = new();
    private readonly Option<string?> _section = OptionFactory.Text("--section", "NAME", $"Only one of: {string.Join(", ", Sections)}.");
    private readonly Option<bool> _json = OptionFactory.Json();

    public LibrariesCommand(CommandContext context)
        : base("libraries", "List the packages and programs that are installed inside the sandboxes.")
    {
        _context = context;
        OptionFactory.OnlyFrom(_section, Sections);
        Options.Add(_section);
        Options.Add(_json);
        _connection.AddTo(this);
        SetAction(RunAsync);
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        await using var connection = await _context.ConnectAsync(_connection.Read(parsed, _context.Terminal), cancellationToken);
        var libraries = Only(parsed.GetValue(_section), await connection.Sandbox.LibrariesAsync(cancellationToken));
        if (parsed.GetValue(_json))
            JsonOutput.Write(_context.Terminal, libraries, SandboxJsonContext.Relaxed.Libraries);
        else
            Write(libraries);
        return ExitCodes.Ok;
    }

    /// <summary>One section; the document keeps its form, the others are empty.</summary>
    private static Libraries Only(string? section, Libraries all) => section is null ? all : new Libraries
    {
        Packages = new LibraryPackages
        {
            System = section == "system" ? all.Packages.System : new Dictionary<string, string>(),
            Python = section == "python" ? all.Packages.Python : new Dictionary<string, string>(),
            Perl = section == "perl" ? all.Packages.Perl : new Dictionary<string, string>(),
            C = section == "c" ? all.Packages.C : new Dictionary<string, string>(),
        },
        Bin = section == "bin" ? all.Bin : [],
    };

    /// <summary>A line each, its parts divided by tabs: as easily read by grep and cut as by a person.</summary>
    private void Write(Libraries libraries)
    {
        using var writer = new StreamWriter(_context.Terminal.Output, leaveOpen: true);
        foreach (var (section, packages) in new[] { ("system", libraries.Packages.System), ("python", libraries.Packages.Python), ("perl", libraries.Packages.Perl), ("c", libraries.Packages.C) })
        {
            foreach (var (name, version) in packages.OrderBy(package => package.Key, StringComparer.Ordinal))
                writer.Write($"{section}\t{EscapeFilter.Line(name)}\t{EscapeFilter.Line(version)}\n");
        }

        foreach (var name in libraries.Bin.Order(StringComparer.Ordinal))
            writer.Write($"bin\t{EscapeFilter.Line(name)}\n");
    }
}
