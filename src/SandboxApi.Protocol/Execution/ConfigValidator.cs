using System.Text;

namespace SandboxApi;

/// <summary>The rules a config must keep beyond having the right types.</summary>
internal static class ConfigValidator
{
    /// <summary>Room for all strings of one execve: a quarter of an 8 MiB stack is the kernel's limit (execve(2)); half of that is left to the sandbox's own variables and to programs that add some.</summary>
    internal const int MaxTotalBytes = 1 << 20;

    internal static IReadOnlyList<Violation> Validate(ExecutionConfig config)
    {
        var violations = new List<Violation>();
        if (config.Commands is null || config.Commands.Count == 0)
            violations.Add(new("commands", "must hold at least one command"));
        else
            for (var i = 0; i < config.Commands.Count && violations.Count < Violation.Most; i++)
                Check(violations, config.Commands[i], $"commands[{i}]");

        CheckEnviron(violations, config.Environ);

        if (config.ResultPath is { Length: 0 })
            violations.Add(new("result_path", "must not be empty; leave it out when no result file is wanted"));
        if (config.ResultPath?.Contains('\0') == true)
            violations.Add(new("result_path", "must not contain a NUL character"));
        CheckText(violations, "stdin", config.Stdin);
        CheckText(violations, "result_path", config.ResultPath);
        Check(violations, config.Limits, "limits");
        if (config.Output is { } output && !Enum.IsDefined(output.Keep))
            violations.Add(new("output.keep", "must be head, tail or both"));
        return violations;
    }

    private static void Check(List<Violation> violations, Command? command, string field)
    {
        if (command?.Text is null)
        {
            violations.Add(new(field, "must be a string or an object with a string \"command\""));
            return;
        }

        if (command.Text.Contains('\0'))
            violations.Add(new(field, "must not contain a NUL character"));
        CheckText(violations, field, command.Text);
        var bytes = Encoding.UTF8.GetByteCount(command.Text);
        if (bytes > Command.MaxBytes)
            violations.Add(new(field, $"is {bytes} bytes long; at most {Command.MaxBytes} can be passed to bash -c, so put longer scripts into a file of the environment"));
        if (command.Timeout is { } timeout && timeout < TimeSpan.Zero)
            violations.Add(new($"{field}.timeout", "must not be negative"));
        CheckText(violations, $"{field}.stdin", command.Stdin);
        Check(violations, command.Limits, $"{field}.limits");
    }

    private static void CheckEnviron(List<Violation> violations, IReadOnlyDictionary<string, string>? environ)
    {
        if (environ is null)
        {
            violations.Add(new("environ", "must be an object"));
            return;
        }

        long total = 0;
        foreach (var (name, value) in environ)
        {
            if (violations.Count >= Violation.Most)
                break;
            var field = $"environ[{Quoted(name)}]";
            if (name.Length == 0)
                violations.Add(new("environ", "a variable's name must not be empty"));
            if (name.Contains('=') || name.Contains('\0'))
                violations.Add(new(field, "a variable's name must not contain '=' or NUL"));
            if (value is null)
            {
                violations.Add(new(field, "must have a value"));
                continue;
            }

            if (value.Contains('\0'))
                violations.Add(new(field, "a variable's value must not contain a NUL character"));
            CheckText(violations, field, name);
            CheckText(violations, field, value);
            var bytes = Encoding.UTF8.GetByteCount(name) + 1L + Encoding.UTF8.GetByteCount(value);
            if (bytes > Command.MaxBytes)
                violations.Add(new(field, $"is {bytes} bytes long with its name; at most {Command.MaxBytes} are possible"));
            total += bytes + 9;
        }

        if (total > MaxTotalBytes)
            violations.Add(new("environ", $"all variables together take {total} bytes; at most {MaxTotalBytes} are possible"));
    }

    private static void Check(List<Violation> violations, Limits? limits, string field)
    {
        if (limits is null)
            return;
        Positive(violations, $"{field}.wall_time", limits.WallTime);
        Positive(violations, $"{field}.cpu_time", limits.CpuTime);
        Positive(violations, $"{field}.memory", limits.Memory);
        Positive(violations, $"{field}.processes", limits.Processes);
        NotNegative(violations, $"{field}.output", limits.Output);
        NotNegative(violations, $"{field}.file_size", limits.FileSize);
    }

    private static void Positive(List<Violation> violations, string field, TimeSpan? value)
    {
        if (value is { } time && time <= TimeSpan.Zero)
            violations.Add(new(field, "must be a number of seconds greater than 0"));
    }

    private static void Positive(List<Violation> violations, string field, long? value)
    {
        if (value < 1)
            violations.Add(new(field, "must be a whole number greater than 0"));
    }

    private static void NotNegative(List<Violation> violations, string field, long? value)
    {
        if (value < 0)
            violations.Add(new(field, "must not be negative"));
    }

    /// <summary>A lone surrogate has no UTF-8: it would reach the program as something else than was sent.</summary>
    private static void CheckText(List<Violation> violations, string field, string? text)
    {
        for (var i = 0; i < (text?.Length ?? 0); i++)
        {
            if (!char.IsSurrogate(text![i]))
                continue;
            if (i + 1 < text.Length && char.IsSurrogatePair(text[i], text[i + 1]))
            {
                i++;
                continue;
            }

            violations.Add(new(field, "contains half of a surrogate pair, which is no character"));
            return;
        }
    }

    private static string Quoted(string name) => "\"" + Violation.Excerpt(name).Replace("\0", "\\0", StringComparison.Ordinal) + "\"";
}
