using SandboxApi.Runtime.Tests.Seccomp;
using SandboxApi.SecurityTests.Fixtures;
using SandboxApi.SecurityTests.Matrix;

namespace SandboxApi.SecurityTests.Attacks;

/// <summary>Every row of docs/system-calls.md, asked inside a sandbox.</summary>
[Attack(200)]
public sealed class SystemCallWalkTests(Arena arena) : AttackTests(arena)
{
    [Fact(Timeout = Long)]
    public async Task Every_command_is_answered_as_documented()
    {
        await NeedsAsync("python3");
        var examples = DocumentedCall.All.SelectMany(row => row.Examples.Select(values => (Row: row, Probe: $"{row.Number} {string.Join(' ', values)}"))).ToArray();
        examples.Length.ShouldBeGreaterThan(DocumentedCall.All.Count);

        var answers = await FilterProbe.AskAsync(examples.Select(example => example.Probe));

        answers.Length.ShouldBe(examples.Length);
        examples.Zip(answers).Where(pair => pair.First.Row.Answer != pair.Second).Select(pair => $"{pair.First.Row}: {pair.First.Probe} is {pair.Second}").ShouldBeEmpty();
    }
}
