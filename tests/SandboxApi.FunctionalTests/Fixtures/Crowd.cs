using System.Globalization;

namespace SandboxApi.FunctionalTests.Fixtures;

/// <summary>How much longer a thing may take because others work on the machine too: how many programs wanted to run for each processor, on average over the looks.</summary>
/// <remarks>On a machine that does nothing else it is 1, and a promised time is held to as it is.</remarks>
internal sealed class Crowd
{
    private double sum;
    private int looks;

    public double Factor => looks == 0 ? 1 : Math.Max(1, sum / looks);

    /// <summary>Looks once; whoever waits does it as often as at the state waited for.</summary>
    public void Look()
    {
        // 0.20 0.18 0.12 1/80 11206: the fourth is how many run or want to, of how many there are; whoever looks is one of them.
        var running = File.ReadAllText("/proc/loadavg").Split(' ')[3].Split('/')[0];
        sum += double.Parse(running, CultureInfo.InvariantCulture) / Environment.ProcessorCount;
        looks++;
    }
}
