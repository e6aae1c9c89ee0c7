using SandboxApi.Soak.Running;

namespace SandboxApi.Soak.Reports;

/// <summary>The figures of the answers, those of the warm-up included.</summary>
internal static class AnswerFindings
{
    internal static IEnumerable<Finding> Of(Tally warm, Tally tally)
    {
        var (lost, wrong) = (warm.Lost + tally.Lost, warm.Wrong + tally.Wrong);
        var expired = warm.Kinds.Concat(tally.Kinds).Sum(kind => kind.Value.Answers.GetValueOrDefault("expired"));
        yield return new Finding("lost answers", "0", $"{lost}", lost == 0);
        yield return new Finding("wrong answers", "0", $"{wrong}", wrong == 0);
        yield return new Finding("environments that expired before this program used them", "few: their runs show nothing", $"{expired}", expired <= tally.Runs / 100);
    }
}
