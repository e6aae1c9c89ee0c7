using System.CommandLine;
using SandboxApi.Cli.Connections;
using SandboxApi.Cli.Errors;
using SandboxApi.Cli.Execution;
using SandboxApi.Cli.Help;
using SandboxApi.Cli.Reports;
using SandboxApi.Cli.Terminals;
using SandboxApi.Cli.Arguments;
using SandboxApi.Cli.Transfers;
using SandboxApi.Json;
using CliCommand = System.CommandLine.Command;

namespace SandboxApi.Cli.Commands;

/// <summary><c>sandbox exec</c>: runs commands and ends with their exit code.</summary>
internal sealed class ExecCommand : CliCommand, IHelpPage
{
    internal const string CommandName = "exec";

    private const long WorthAsking = 16 << 20;

    private readonly CommandContext _context;
    private readonly ConnectionArguments _connection = new();
    private readonly ExecArguments _arguments = new();

    public ExecCommand(CommandContext context)
        : base(CommandName, "Run commands in a fresh sandbox. The exit code is that of the command that failed, or 0; 124 after a timeout; 125 when the run could not be made; 130 after Ctrl-C.")
    {
        _context = context;
        _arguments.AddTo(this);
        _connection.AddTo(this);
        SetAction(RunAsync);
    }

    public string More => """
        What is one command:
          Before -- each argument is one command for bash, as is the value of each -c.
          After -- comes one command by its words, which reach it as they are.
          A command that is one plain word stands alone: 'sandbox exec echo hello' could be one command or two, so it is refused.

        Examples:
          sandbox exec 'echo $((2+2))'                 one command
          sandbox exec 'gcc main.c -o main' ./main     two; the second after success
          sandbox exec -c make -c ./main               the same way
          sandbox exec -- python3 main.py --fast 'a'   a program and its arguments
          sandbox exec -c '-make lint' -c 'make test'  a leading - : may fail
          sandbox exec --dir src 'make' < input.txt    files, and standard input

        Standard input: a pipe or a file there is given to every command, as with ssh; a terminal is not read. --no-stdin leaves it alone.

        """;

    private Terminal Terminal => _context.Terminal;

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var request = await _arguments.ReadAsync(parsed, Terminal, cancellationToken);

        // What a program wrote is written on byte for byte; an answer as JSON has the form that was asked for.
        if (!request.Json)
            request = request with { Config = request.Config with { Output = (request.Config.Output ?? new OutputForm()) with { Exact = true } } };
        var wanted = Wanted(_connection.Read(parsed, Terminal), request);
        using var packer = PlanEnvironment(request);
        await using var archive = request.Archive is { } file ? file == "-" ? Terminal.Input : InputFile.Open(file) : null;
        await using var connection = await _context.ConnectAsync(wanted, cancellationToken);
        if (packer is not null)
            await EnsureFitsAsync(packer, connection, cancellationToken);
        await using var environment = packer is null ? archive : await packer.PackAsync(Terminal, request.Quiet, cancellationToken);

        var notes = new RunNotes(request.Config, connection.OperatorLimits, cancellationToken);
        ExecutionResult result;
        if (connection.ExecuteLive is { } executeLive && !request.Json && request.Config.Output is null or { Keep: OutputPart.Head })
        {
            result = await RunLiveAsync(executeLive, request, environment, notes, cancellationToken);
        }
        else
        {
            try
            {
                result = await UploadAsync(connection.Sandbox, request, environment, cancellationToken);
            }
            catch (SandboxException exception) when (exception.Code == SandboxErrorCode.NotSupported && request.IsInputByDefault)
            {
                // Nobody has typed the property that the client names first.
                throw new SandboxException(SandboxErrorCode.NotSupported, "This server is an original one and takes no standard input. Leave yours alone with --no-stdin.", exception);
            }

            if (notes.NeedsOperatorLimits(result))
                notes.OperatorLimits = await ServerLimits.OfAsync(connection.Sandbox, cancellationToken);
            if (!request.Json)
                FoldedOutput.Write(Terminal, request.Raw, request.Quiet ? null : notes, result);
        }

        // What ended because we were told to stop says nothing of the program.
        cancellationToken.ThrowIfCancellationRequested();
        await FinishAsync(request, notes, result, cancellationToken);
        return ExitCodes.OfRun(result.Status);
    }

    /// <summary>The connection for this run: a server may take as long as the run was given, beside its own time to answer.</summary>
    private static ConnectionRequest Wanted(ConnectionRequest connection, ExecRequest request)
    {
        if (connection.Server is null)
        {
            return connection with
            {
                Configure = options =>
                {
                    connection.Configure(options);
                    request.Configure(options);
                },
            };
        }

        if (request.Storage is not null)
            throw CliException.Usage("--storage is the server's own setting", "leave it out, or leave out --server (and SANDBOX_SERVER)");
        var run = TimeSpan.FromSeconds(Math.Min(request.Config.Commands.Sum(command => command.Timeout?.TotalSeconds ?? 0), TimeSpan.FromDays(1).TotalSeconds));
        return connection with { AnswerTimeout = connection.AnswerTimeout + run, SilenceTimeout = connection.SilenceTimeout + run };
    }

    /// <summary>What is to be packed; null for nothing. Contents are read later.</summary>
    private EnvironmentPacker? PlanEnvironment(ExecRequest request)
    {
        if (request.Directory is null && request.Files.Count == 0)
            return null;

        var packer = new EnvironmentPacker();
        if (request.Directory is { } directory)
            packer.AddDirectory(directory);
        foreach (var file in request.Files)
        {
            FileArgument.EnsureUsable(file);
            packer.AddFile(file);
        }

        if (!request.Quiet && packer.Skipped.Count > 0)
            Terminal.WriteErrorLine($"sandbox: left out '{packer.Skipped[0]}'{(packer.Skipped.Count == 1 ? "" : $" and {packer.Skipped.Count - 1} more")}: only files, directories and links are packed");
        return packer;
    }

    /// <summary>A server is asked for its room only where much is to be sent, so that an ordinary run costs one request.</summary>
    private static async Task EnsureFitsAsync(EnvironmentPacker packer, SandboxConnection connection, CancellationToken cancellationToken)
    {
        if (connection.Storage is { } room)
            packer.EnsureFits(room.Bytes, room.Entries, "leave out what is not needed, or give more room with --storage");
        else if (packer.KnownBytes >= WorthAsking)
            packer.EnsureFits(await ServerLimits.StorageOfAsync(connection.Sandbox, cancellationToken), null, "leave out what is not needed");
    }

    private async Task<ExecutionResult> RunLiveAsync(
        Func<ExecutionConfig, Stream?, Action<RunEvent>, CancellationToken, Task<ExecutionResult>> executeLive, ExecRequest request, Stream? environment, RunNotes notes, CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var output = new LiveOutput(Terminal, request.Raw, request.Quiet ? null : notes, stop);
        try
        {
            return await executeLive(request.Config, environment, output.OnEvent, stop.Token);
        }
        finally
        {
            // Also after a cancelled run; and the exception of a closed pipe, which cancelled it, replaces the cancellation.
            await output.CompleteAsync();
        }
    }

    private Task<ExecutionResult> UploadAsync(ISandbox sandbox, ExecRequest request, Stream? environment, CancellationToken cancellationToken)
    {
        var total = environment is { CanSeek: true } ? environment.Length - environment.Position : 0;
        return TransferProgress.RunAsync(Terminal, request.Quiet, "uploading", total, async report =>
        {
            if (environment is not { CanSeek: true })
                return await sandbox.ExecuteAsync(request.Config, environment, cancellationToken);
            await using var counted = new ProgressStream(environment, report);
            return await sandbox.ExecuteAsync(request.Config, counted, cancellationToken);
        }, isRun: true);
    }

    private async Task FinishAsync(ExecRequest request, RunNotes notes, ExecutionResult result, CancellationToken cancellationToken)
    {
        var exact = result.ResultContent;
        var isThere = exact is not null || result.Result is not null;
        if (isThere && request.ResultFile is { } path)
        {
            await using var file = OutputFile.Create(path, overwrite: true, "leave out --result-out, and the file is printed behind the output");
            await file.Stream.WriteAsync(exact ?? System.Text.Encoding.UTF8.GetBytes(result.Result!), cancellationToken);
            await file.CommitAsync(cancellationToken);
        }
        else if (isThere && !request.Json)
        {
            FoldedOutput.Write(Terminal.Output, Terminal.OutputIsTerminal && !request.Raw, exact, result.Result);
        }

        if (request.Json)
            JsonOutput.Write(Terminal, result, SandboxJsonContext.Relaxed.ExecutionResult);
        if (!request.Json && result.Environment is { } id)
            Terminal.WriteErrorLine(request.Quiet ? $"{id}" : $"sandbox: saved as environment {id}{(result.Expire is { } expire ? $", kept until {expire.UtcDateTime:yyyy-MM-dd HH:mm:ss} UTC" : "")}");

        // Our own failures are told always: a quiet exit code 125 would explain nothing.
        foreach (var line in notes.Of(result))
            Terminal.WriteErrorLine(line);
        if (request.Verbose)
            RunTable.Write(Terminal, result);
    }
}
