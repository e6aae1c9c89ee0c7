using System.CommandLine;
using System.Globalization;
using SandboxApi.Cli.Arguments;
using SandboxApi.Cli.Connections;
using SandboxApi.Cli.Errors;
using SandboxApi.Cli.Reports;
using SandboxApi.Json;
using Spectre.Console;
using CliCommand = System.CommandLine.Command;

namespace SandboxApi.Cli.Commands;

/// <summary><c>sandbox usage</c>: how busy the host and its sandboxes are.</summary>
internal sealed class UsageCommand : CliCommand
{
    private static readonly TimeSpan DefaultInterval = TimeSpan.FromSeconds(2);

    /// <summary>Somewhat more than a sandbox lets pass between its first two looks at the host.</summary>
    private static readonly TimeSpan SecondLook = TimeSpan.FromMilliseconds(400);

    private readonly CommandContext _context;
    private readonly ConnectionArguments _connection = new();
    private readonly Option<TimeSpan?> _watch = OptionFactory.Time("--watch", "Show it again and again until Ctrl-C, every so many seconds (2 when none is given).");
    private readonly Option<bool> _json = OptionFactory.Json();

    public UsageCommand(CommandContext context)
        : base("usage", "Show how busy the host and its sandboxes are.")
    {
        _context = context;
        _watch.Arity = ArgumentArity.ZeroOrOne;
        Options.Add(_watch);
        Options.Add(_json);
        _connection.AddTo(this);
        SetAction(RunAsync);
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var watches = parsed.GetResult(_watch) is { Implicit: false };
        var json = parsed.GetValue(_json);
        if (watches && json)
            throw CliException.Usage("--watch and --json exclude each other, as --json prints one document", "call 'sandbox usage --json' as often as wanted");

        await using var connection = await _context.ConnectAsync(_connection.Read(parsed, _context.Terminal), cancellationToken);
        var sandbox = connection.Sandbox;
        var usage = await sandbox.UsageAsync(cancellationToken);
        if (connection.ExecuteLive is not null && !watches)
        {
            // Rates need two looks at the host, and a sandbox in this process has just had its first.
            await Task.Delay(SecondLook, cancellationToken);
            usage = await sandbox.UsageAsync(cancellationToken);
        }

        if (json)
            JsonOutput.Write(_context.Terminal, usage, SandboxJsonContext.Relaxed.Usage);
        else if (watches)
            return await WatchAsync(sandbox, usage, parsed.GetValue(_watch) ?? DefaultInterval, cancellationToken);
        else
            _context.Terminal.Write(TableOf(usage));
        return ExitCodes.Ok;
    }

    /// <summary>Shows it until a signal comes, which is how this ends and no failure to be told.</summary>
    private async Task<int> WatchAsync(ISandbox sandbox, Usage usage, TimeSpan interval, CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(interval);
        try
        {
            if (_context.Terminal.OutputIsTerminal)
                await _context.Terminal.OutputConsole().Live(TableOf(usage)).StartAsync(async live => await ShowAsync(table => live.UpdateTarget(table)));
            else
                await ShowAsync(table => _context.Terminal.Write(table, Text.NewLine));
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
        }

        return ExitCodes.Interrupted;

        async Task ShowAsync(Action<Table> show)
        {
            do
            {
                show(TableOf(usage));
                await timer.WaitForNextTickAsync(cancellationToken);
                usage = await sandbox.UsageAsync(cancellationToken);
            }
            while (true);
        }
    }

    private static Table TableOf(Usage usage)
    {
        var table = new FactTable()
            .Group("Sandboxes")
            .Add("in use", usage.Container.ToString())
            .Group("Host")
            .Add("processor", $"{usage.Cpu.Usage * 100:0.0} %" + (usage.Cpu.Frequency > 0 ? $" at {usage.Cpu.Frequency:0} MHz" : ""))
            .Add("load per processor", string.Join(", ", usage.Cpu.UsageAvg.Select(load => load.ToString("0.00", CultureInfo.InvariantCulture))) + " (1, 5, 15 minutes)")
            .Add("memory", ByteSize.Format(usage.Memory.Ram))
            .Add("swap", ByteSize.Format(usage.Memory.Swap))
            .Add("processes", usage.Process.ToString());
        foreach (var (device, used) in usage.Memory.Storage)
            table.Add(device, ByteSize.Format(used));
        foreach (var device in usage.Io.ReadBps.Keys.Union(usage.Io.WriteBps.Keys).Order(StringComparer.Ordinal))
        {
            table.Add(
                $"{device} traffic",
                $"{ByteSize.Format(usage.Io.ReadBps.GetValueOrDefault(device))}/s read in {usage.Io.ReadIops.GetValueOrDefault(device)}/s, {ByteSize.Format(usage.Io.WriteBps.GetValueOrDefault(device))}/s written in {usage.Io.WriteIops.GetValueOrDefault(device)}/s");
        }

        return table
            .Add("network sent", $"{ByteSize.Format(usage.Network.SentBytes)}/s in {usage.Network.SentPackets} packets/s")
            .Add("network received", $"{ByteSize.Format(usage.Network.ReceivedBytes)}/s in {usage.Network.ReceivedPackets} packets/s")
            .Table;
    }
}
