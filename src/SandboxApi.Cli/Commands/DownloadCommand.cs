using System.CommandLine;
using SandboxApi.Cli.Arguments;
using SandboxApi.Cli.Connections;
using SandboxApi.Cli.Errors;
using SandboxApi.Cli.Reports;
using SandboxApi.Cli.Transfers;
using CliCommand = System.CommandLine.Command;

namespace SandboxApi.Cli.Commands;

/// <summary><c>sandbox download</c>: fetches a stored environment or one file of it.</summary>
internal sealed class DownloadCommand : CliCommand
{
    private readonly CommandContext _context;
    private readonly ConnectionArguments _connection = new();
    private readonly Argument<Guid> _id = OptionFactory.EnvironmentId();
    private readonly Argument<string?> _path = new("PATH") { Arity = ArgumentArity.ZeroOrOne, Description = "A file in the environment; without it, the whole environment as a .tgz." };
    private readonly Option<string?> _output = OptionFactory.Text("--output", "FILE", "Where to write; - for standard output. Default: standard output when it is no terminal, else a file named as in the environment.", "-o");
    private readonly Option<bool> _force = OptionFactory.Flag("--force", "Overwrite the file when it exists.", "-f");
    private readonly Option<bool> _quiet = OptionFactory.Flag("--quiet", "No progress bar.", "-q");
    private readonly Option<bool> _json = OptionFactory.Json();

    public DownloadCommand(CommandContext context)
        : base("download", "Fetch a stored environment, or one file of it.")
    {
        _context = context;
        Arguments.Add(_id);
        Arguments.Add(_path);
        Options.Add(_output);
        Options.Add(_force);
        Options.Add(_quiet);
        Options.Add(_json);
        _connection.AddTo(this);
        SetAction(RunAsync);
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var id = parsed.GetValue(_id);
        var path = parsed.GetValue(_path);
        var json = parsed.GetValue(_json);
        var force = parsed.GetValue(_force);
        var target = Target(parsed.GetValue(_output), id, path, json);
        if (target is not null && !force)
            OutputFile.EnsureAbsent(target);

        // The server's timeout is for its answer and each silence; how long a large file takes is nobody's error.
        var request = _connection.Read(parsed, _context.Terminal) with { AnswerTimeout = null };
        await using var connection = await _context.ConnectAsync(request, cancellationToken);
        var quiet = parsed.GetValue(_quiet);
        var total = quiet || !_context.Terminal.ErrorIsTerminal ? 0 : await connection.Sandbox.CheckAsync(id, path, cancellationToken);
        await using var source = await connection.Sandbox.DownloadAsync(id, path, cancellationToken);
        if (target is null)
        {
            await CopyAsync(source, _context.Terminal.Output);
            return ExitCodes.Ok;
        }

        await using var file = OutputFile.Create(target, force, "use -o - and redirect standard output");
        var size = await CopyAsync(source, file.Stream);
        await file.CommitAsync(cancellationToken);
        if (json)
            JsonOutput.Write(_context.Terminal, new DownloadReport(id, path, target, size), ReportJsonContext.Default.DownloadReport);
        else if (!quiet)
            _context.Terminal.WriteErrorLine($"sandbox: wrote {target} ({ByteSize.Format(size)})");
        return ExitCodes.Ok;

        Task<long> CopyAsync(Stream from, Stream to) => TransferProgress.RunAsync(_context.Terminal, quiet, path ?? $"{id}.tgz", total, async report =>
        {
            long moved = 0;
            await using var counted = new ProgressStream(from, bytes => report(bytes));
            var buffer = new byte[128 << 10];
            int read;
            while ((read = await counted.ReadAsync(buffer, cancellationToken)) > 0)
            {
                await to.WriteAsync(buffer.AsMemory(0, read), cancellationToken);
                moved += read;
            }

            return moved;
        });
    }

    /// <summary>The file to write; null for standard output.</summary>
    private string? Target(string? output, Guid id, string? path, bool json)
    {
        if (output == "-" && json)
            throw CliException.Usage("--json and -o - both want standard output", "name a file with -o");
        if (output == "-" || (output is null && !json && !_context.Terminal.OutputIsTerminal))
            return null;
        var name = path is null ? $"{id}.tgz" : path.TrimEnd('/').Split('/')[^1];
        if (output is not null)
            return Directory.Exists(output) && IsName(name) ? Path.Combine(output, name) : output;
        return IsName(name) ? name : throw CliException.Usage($"'{path}' names no file", "give the path of a file, or a name with -o");
    }

    private static bool IsName(string name) => name is not ("" or "." or "..");
}
