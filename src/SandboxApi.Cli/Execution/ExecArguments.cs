using System.CommandLine;
using System.Text;
using SandboxApi.Cli.Arguments;
using SandboxApi.Cli.Errors;
using SandboxApi.Cli.Interop;
using SandboxApi.Cli.Terminals;
using CliCommand = System.CommandLine.Command;

namespace SandboxApi.Cli.Execution;

/// <summary>The arguments of <c>sandbox exec</c> and how they become a request.</summary>
internal sealed class ExecArguments
{
    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly Argument<string[]> _commands = new("COMMAND") { Arity = ArgumentArity.ZeroOrMore, Description = "Commands, each one quoted argument, run in order with bash -c until one fails; or -- and one command by its words. See the examples below." };
    private readonly Option<string[]> _command = OptionFactory.AnyTexts("--command", "COMMAND", "A command, in one argument. Repeatable. One that starts with - does not stop the run when it fails.", "-c");
    private readonly Option<string?> _config = OptionFactory.Text("--config", "FILE", "Take the whole config from a JSON file, - for standard input; other options are laid over it.");
    private readonly Option<string?> _directory = OptionFactory.Text("--dir", "DIR", "Start with the files of a directory.", "-d");
    private readonly Option<string[]> _files = OptionFactory.Texts("--file", "PATH[=NAME]", "Start with this file, under its own or another name. Repeatable.");
    private readonly Option<string?> _archive = OptionFactory.Text("--archive", "FILE", "Start with the files of a gzip-compressed tar; - for standard input.");
    private readonly Option<string?> _environment = OptionFactory.Text("--environment", "ID", "Start with a stored environment; the files of --dir, --file and --archive are laid over it.");
    private readonly Option<bool> _save = OptionFactory.Flag("--save", "Keep the working directory as a new stored environment; its id is told on standard error.");
    private readonly Option<string?> _result = OptionFactory.Text("--result", "PATH", "Print this file of the working directory after the output.");
    private readonly Option<string?> _resultFile = OptionFactory.Text("--result-out", "FILE", "With --result: write it to this file instead; one that exists is replaced.");
    private readonly Option<string[]> _environ = OptionFactory.Texts("--env", "NAME[=VALUE]", "Set an environment variable; without a value it is taken from the own environment. Repeatable.", "-e");
    private readonly Option<bool> _stdin = OptionFactory.Flag("--stdin", "Pass standard input, read to its end, to every command, also when it is a terminal.");
    private readonly Option<bool> _noStdin = OptionFactory.Flag("--no-stdin", "Do not read standard input, which is passed to every command by default when it is a pipe or a file.");
    private readonly Option<string?> _stdinFile = OptionFactory.Text("--stdin-file", "FILE", "Pass the text of a file to every command's standard input.");
    private readonly Option<string?> _stdinText = OptionFactory.AnyText("--stdin-text", "TEXT", "Pass this text to every command's standard input.");
    private readonly Option<TimeSpan?> _timeout = OptionFactory.Time("--timeout", "The longest each command may take (2s, 500ms).");
    private readonly Option<TimeSpan?> _cpuTime = OptionFactory.Time("--cpu-time", "The most CPU time a command may use, all its processes together.");
    private readonly Option<long?> _memory = OptionFactory.Size("--memory", "The most memory a command may use, with its files (64MiB).", least: 1);
    private readonly Option<long?> _processes = OptionFactory.Count("--processes", "The most processes and threads at one time.");
    private readonly Option<long?> _output = OptionFactory.Size("--output-limit", "Bytes kept of each output stream; the rest is dropped.", least: 0);
    private readonly Option<long?> _fileSize = OptionFactory.Size("--file-size", "The largest file a command may write.", least: 0);
    private readonly Option<long?> _storage = OptionFactory.Size("--storage", "Without a server: room for all files. Default 128MiB.", least: 64 << 10);
    private readonly Option<bool> _json = OptionFactory.Json();
    private readonly Option<bool> _quiet = OptionFactory.Flag("--quiet", "Nothing of our own on standard error but errors and a saved id.", "-q");
    private readonly Option<bool> _verbose = OptionFactory.Flag("--verbose", "Show verdict, times and memory of each command on standard error.", "-v");
    private readonly Option<bool> _raw = OptionFactory.Flag("--raw", "Let the program control the terminal; otherwise only its colours pass.");

    private bool _isInputByDefault;

    internal void AddTo(CliCommand command)
    {
        command.Arguments.Add(_commands);
        foreach (var option in new Option[]
        {
            _command, _config, _directory, _files, _archive, _environment, _save, _result, _resultFile, _environ, _stdin, _noStdin, _stdinFile, _stdinText,
            _timeout, _cpuTime, _memory, _processes, _output, _fileSize, _storage, _json, _quiet, _verbose, _raw,
        })
        {
            command.Options.Add(option);
        }
    }

    /// <summary>Reads everything but the files of the environment.</summary>
    internal async Task<ExecRequest> ReadAsync(ParseResult parsed, Terminal terminal, CancellationToken cancellationToken)
    {
        EnsureOneReader(parsed);
        var config = await ReadConfigAsync(parsed, terminal, cancellationToken);
        if (parsed.GetValue(_archive) is not null && (parsed.GetValue(_directory) is not null || parsed.GetValue(_files)!.Length > 0))
            throw CliException.Usage("--archive excludes --dir and --file", "pack the files into the archive, or leave it out");
        if (parsed.GetValue(_resultFile) is not null && config.ResultPath is null)
            throw CliException.Usage("--result-out needs --result", "add --result PATH, the file in the working directory");

        config.EnsureValid();
        return new ExecRequest
        {
            Config = config,
            IsInputByDefault = _isInputByDefault,
            Directory = parsed.GetValue(_directory),
            Files = parsed.GetValue(_files)!,
            Archive = parsed.GetValue(_archive),
            ResultFile = parsed.GetValue(_resultFile),
            Json = parsed.GetValue(_json),
            Quiet = parsed.GetValue(_quiet),
            Verbose = parsed.GetValue(_verbose),
            Raw = parsed.GetValue(_raw),
            Storage = parsed.GetValue(_storage),
        };
    }

    private async Task<ExecutionConfig> ReadConfigAsync(ParseResult parsed, Terminal terminal, CancellationToken cancellationToken)
    {
        var commands = CommandWords.Read(parsed, _commands, _command);
        ExecutionConfig config;
        if (parsed.GetValue(_config) is { } file)
        {
            if (commands.Count > 0)
                throw CliException.Usage("commands and --config exclude each other", "put the commands into the config, or leave it out");
            var json = await InputFile.ReadAsync(file, terminal, cancellationToken);
            config = ExecutionConfig.Parse(json);
            foreach (var warning in parsed.GetValue(_quiet) ? [] : UnknownFields.In(json))
                terminal.WriteErrorLine($"sandbox: warning: {(file == "-" ? "the config" : file)}: {warning.Field} {warning.Message}");
        }
        else if (commands.Count > 0)
        {
            config = ExecutionConfig.Of(commands.Select(text => new Command(text)));
        }
        else
        {
            throw CliException.Usage("there is no command to run", "give at least one, such as sandbox exec 'echo $((2+2))'");
        }

        var limits = new Limits
        {
            CpuTime = parsed.GetValue(_cpuTime),
            Memory = parsed.GetValue(_memory),
            Processes = parsed.GetValue(_processes),
            Output = parsed.GetValue(_output),
            FileSize = parsed.GetValue(_fileSize),
        };
        return config with
        {
            // As each command's timeout, because a server of the original protocol knows no limits.
            Commands = parsed.GetValue(_timeout) is { } timeout ? [.. config.Commands.Select(command => command.Timeout is null ? command with { Timeout = timeout } : command)] : config.Commands,
            Environ = ReadEnviron(parsed, terminal, config.Environ),
            Environment = ReadEnvironment(parsed) ?? config.Environment,
            ResultPath = parsed.GetValue(_result) ?? config.ResultPath,
            Save = parsed.GetValue(_save) || config.Save,
            Stdin = await ReadStdinAsync(parsed, terminal, config.Stdin, cancellationToken) ?? config.Stdin,
            Limits = limits == new Limits() ? config.Limits : limits.Or(config.Limits),
        };
    }

    private Dictionary<string, string> ReadEnviron(ParseResult parsed, Terminal terminal, IReadOnlyDictionary<string, string> config)
    {
        var environ = new Dictionary<string, string>(config, StringComparer.Ordinal);
        foreach (var argument in parsed.GetValue(_environ)!)
        {
            var equals = argument.IndexOf('=');
            if (equals == 0)
                throw CliException.Usage($"--env '{argument}' has no name", "give NAME=VALUE");
            if (equals > 0)
                environ[argument[..equals]] = argument[(equals + 1)..];
            else
            {
                var value = terminal.Variable(argument) ?? throw CliException.Usage($"--env {argument}: the variable is not set here", $"give its value: --env {argument}=VALUE");
                RawArguments.EnsureText(argument, value, RawArguments.VariablesOfProcess);
                environ[argument] = value;
            }
        }

        return environ;
    }

    private Guid? ReadEnvironment(ParseResult parsed) => parsed.GetValue(_environment) switch
    {
        null => null,
        var text when OptionFactory.TryId(text, out var id) => id,
        var text => throw CliException.Usage($"'{text}' is no environment id", "give a UUID such as 872b604c-9cce-42e2-8888-9a0311f3a724, as --save told it"),
    };

    /// <summary>The run's standard input: what an option names, else the config's, else what somebody has put on our own.</summary>
    private async Task<string?> ReadStdinAsync(ParseResult parsed, Terminal terminal, string? ofConfig, CancellationToken cancellationToken)
    {
        if (parsed.GetValue(_stdinText) is { } text)
            return text;
        if (parsed.GetValue(_stdinFile) is { } file and not "-")
            return Text(await InputFile.ReadAsync(file, terminal, cancellationToken), $"'{file}'", "pass bytes as a file with --file and read them with '<'");
        if (parsed.GetValue(_stdin) || parsed.GetValue(_stdinFile) == "-")
            return Text(await StandardInput.ReadAsync(terminal, isQuiet: true, cancellationToken), "standard input", "pass bytes as a file with --file and read them with '<'");

        var isTaken = parsed.GetValue(_config) == "-" || parsed.GetValue(_archive) == "-" || parsed.GetValue(_noStdin) || ofConfig is not null;
        if (isTaken || terminal.InputKind == StreamKind.None)
            return null;
        var given = Text(await StandardInput.ReadAsync(terminal, parsed.GetValue(_quiet), cancellationToken), "standard input", "leave it alone with --no-stdin, or pass bytes as a file with --file");
        _isInputByDefault = given.Length > 0;
        return _isInputByDefault ? given : null;
    }

    private static string Text(byte[] bytes, string name, string remedy)
    {
        try
        {
            return StrictUtf8.GetString(bytes);
        }
        catch (DecoderFallbackException)
        {
            throw new CliException($"{name} is not UTF-8 text", remedy);
        }
    }

    private void EnsureOneReader(ParseResult parsed)
    {
        if (new[] { parsed.GetValue(_config) == "-", parsed.GetValue(_archive) == "-", parsed.GetValue(_stdin), parsed.GetValue(_stdinFile) == "-" }.Count(reads => reads) > 1)
            throw CliException.Usage("standard input can be read only once", "name a file for all but one of --config, --archive, --stdin and --stdin-file");
        if (new[] { parsed.GetValue(_stdin), parsed.GetValue(_noStdin), parsed.GetValue(_stdinFile) is not null, parsed.GetValue(_stdinText) is not null }.Count(given => given) > 1)
            throw CliException.Usage("--stdin, --no-stdin, --stdin-file and --stdin-text exclude each other", "give one of them");
    }
}
