using System.CommandLine;
using SandboxApi.Cli.Arguments;
using SandboxApi.Cli.Connections;
using SandboxApi.Cli.Reports;
using SandboxApi.Json;
using Spectre.Console;
using CliCommand = System.CommandLine.Command;

namespace SandboxApi.Cli.Commands;

/// <summary><c>sandbox specs</c>: what the host and its sandboxes are made of.</summary>
internal sealed class SpecsCommand : CliCommand
{
    private readonly CommandContext _context;
    private readonly ConnectionArguments _connection = new();
    private readonly Option<bool> _json = OptionFactory.Json();

    public SpecsCommand(CommandContext context)
        : base("specs", "Show what the host and its sandboxes are made of: processor, memory, limits, protections.")
    {
        _context = context;
        Options.Add(_json);
        _connection.AddTo(this);
        SetAction(RunAsync);
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        await using var connection = await _context.ConnectAsync(_connection.Read(parsed, _context.Terminal), cancellationToken);
        var specifications = await connection.Sandbox.SpecificationsAsync(cancellationToken);
        if (parsed.GetValue(_json))
            JsonOutput.Write(_context.Terminal, specifications, SandboxJsonContext.Relaxed.Specifications);
        else
            _context.Terminal.Write(TableOf(specifications));
        return ExitCodes.Ok;
    }

    private static Table TableOf(Specifications specifications)
    {
        var (host, sandbox) = (specifications.Host, specifications.Container);
        var table = new FactTable()
            .Group("Host")
            .Add("processor", $"{host.Cpu.Core} cores, {host.Cpu.Logical} logical" + (host.Cpu.FreqMax > 0 ? $", {(host.Cpu.FreqMin > 0 && host.Cpu.FreqMin < host.Cpu.FreqMax ? $"{host.Cpu.FreqMin:0} to " : "")}{host.Cpu.FreqMax:0} MHz" : ""))
            .Add("memory", ByteSize.Format(host.Memory.Ram))
            .Add("swap", ByteSize.Format(host.Memory.Swap));
        foreach (var (device, size) in host.Memory.Storage)
            table.Add(device, ByteSize.Format(size));
        table.Add("protocol version", host.SandboxVersion)
            .Add("docker version", host.DockerVersion.Length == 0 ? null : host.DockerVersion);
        if (host.Engine is { } engine)
        {
            table.Add("engine", engine.Version is null ? engine.Name : $"{engine.Name} {engine.Version}")
                .Add("protections", engine.Protections.Count == 0 ? "none" : string.Join(", ", engine.Protections))
                .Add("waived", engine.Waived.Count == 0 ? "none" : string.Join(", ", engine.Waived));
        }

        table.Group("Each sandbox")
            .Add("at one time", sandbox.Count.ToString())
            .Add("processors", sandbox.Cpu.Count + (sandbox.Cpu.Quota > 0 ? $", {100.0 * sandbox.Cpu.Quota / sandbox.Cpu.Period:0} % of one" : ""))
            .Add("memory", ByteSize.Format(sandbox.Memory.Ram))
            .Add("swap", ByteSize.Format(sandbox.Memory.Swap))
            .Add("storage", ByteSize.Format(sandbox.Memory.Storage))
            .Add("processes", sandbox.Process < 0 ? "no limit" : sandbox.Process.ToString());
        if (sandbox.Limits is { } limits)
        {
            table.Add("wall-clock time", limits.WallTime is { } wall ? Duration.Format(wall) : null)
                .Add("CPU time", limits.CpuTime is { } cpu ? Duration.Format(cpu) : null)
                .Add("output", limits.Output is { } output ? ByteSize.Format(output) : null)
                .Add("file size", limits.FileSize is { } file ? ByteSize.Format(file) : null);
        }

        AddRates(table, sandbox.Io);
        return table.Table;
    }

    private static void AddRates(FactTable table, IoRates rates)
    {
        foreach (var (name, limits, unit) in new[] { ("reads", rates.ReadIops, ""), ("read", rates.ReadBps, "B"), ("writes", rates.WriteIops, ""), ("written", rates.WriteBps, "B") })
        {
            foreach (var (device, limit) in limits)
                table.Add($"{device} {name}", (unit.Length == 0 ? limit.ToString() : ByteSize.Format(limit)) + "/s at most");
        }
    }
}
