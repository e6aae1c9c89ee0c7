namespace SandboxApi.Client;

/// <summary>What a config can ask for that the original protocol (3.0) does not know.</summary>
internal static class BeyondOriginal
{
    /// <summary>The first such property of a config, as it is called in JSON; null when an original server understands all of it.</summary>
    internal static string? FirstOf(ExecutionConfig config)
    {
        if (config.Stdin is not null)
            return "stdin";
        if (IsSet(config.Limits))
            return "limits";

        // Exact alone passes: without it the text is the same but for its ends, and null tells that there are no bytes.
        if (config.Output is { Keep: not OutputPart.Head })
            return "output";
        for (var i = 0; i < config.Commands.Count; i++)
        {
            if (config.Commands[i].Stdin is not null)
                return $"commands[{i}].stdin";
            if (IsSet(config.Commands[i].Limits))
                return $"commands[{i}].limits";
        }

        return null;
    }

    private static bool IsSet(Limits? limits) => limits is not null && limits != new Limits();
}
