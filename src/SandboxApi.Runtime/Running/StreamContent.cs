using SandboxApi.Runtime.Engine;

namespace SandboxApi.Runtime.Running;

/// <summary>One output stream of a command as the answer tells it: all that was kept, or its beginning and its end.</summary>
/// <param name="Main">All, the beginning, or the end, as was asked for.</param>
/// <param name="Tail">The end of a cut stream whose beginning is told too; else null.</param>
internal readonly record struct StreamContent(DecodedOutput Main, DecodedOutput? Tail)
{
    internal bool IsUtf8 => Main.IsUtf8 && Tail is null or { IsUtf8: true };

    internal static StreamContent Of(CapturedOutput output, OutputForm form)
    {
        var trim = form.Exact ? OutputEdges.None : OutputEdges.Trim;
        if (output.Tail is not { } tail)
            return new(OutputText.Decode(output.Head, trim | (output.IsTruncated ? OutputEdges.CutEnd : OutputEdges.None)), null);
        if (!output.IsTruncated)
            return new(output.Total == output.Head.Length ? OutputText.Decode(output.Head, trim) : OutputText.Decode([.. output.Head.ToArray(), .. tail.ToArray()], trim), null);

        var end = tail.ToArray();
        return form.Keep == OutputPart.Tail
            ? new(OutputText.Decode(end, trim | OutputEdges.CutStart), null)
            : new(
                OutputText.Decode(output.Head, (trim & OutputEdges.TrimStart) | OutputEdges.CutEnd),
                OutputText.Decode(end, (trim & OutputEdges.TrimEnd) | OutputEdges.CutStart));
    }
}
