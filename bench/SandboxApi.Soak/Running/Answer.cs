namespace SandboxApi.Soak.Running;

/// <summary>What holds for every answer, whatever was run.</summary>
internal static class Answer
{
    internal static void CheckInvariants(Session session, ExecutionConfig config, ExecutionResult result)
    {
        session.Check(result.Execution.Count <= config.Commands.Count, "number of results", $"at most {config.Commands.Count}", $"{result.Execution.Count}");
        var sum = TimeSpan.Zero;
        for (var i = 0; i < Math.Min(result.Execution.Count, config.Commands.Count); i++)
        {
            var command = result.Execution[i];
            session.Equal($"command {i + 1}: echo", config.Commands[i].Script, command.Command);
            session.Equal($"command {i + 1}: signal", command.ExitCode is > 128 and <= 128 + 64 ? command.ExitCode - 128 : null, command.Signal);
            session.Check(command.StdoutBytes >= 0 && command.StderrBytes >= 0 && command.CpuTime >= TimeSpan.Zero, $"command {i + 1}: figures", "there", $"{command}");
            sum += command.Time;

            // Only the last may have failed without a dash.
            if (i < result.Execution.Count - 1)
                session.Check(command.ExitCode == 0 || config.Commands[i].IgnoresFailure, $"command {i + 1}: exit code before the last", "0, or a dash", $"{command.ExitCode}");
        }

        // Seconds travel as decimal fractions: each is rounded.
        session.Check(result.TotalTime >= sum - TimeSpan.FromMilliseconds(0.1), "total_time", $"at least {sum}", $"{result.TotalTime}");
        session.Equal("environment", config.Save, result.Environment is not null);
        if (config.ResultPath is null)
            session.Equal("result", null, result.Result);
    }
}
