namespace SandboxApi.Bench.Measuring;

/// <summary>What was measured many times, in milliseconds or whatever unit the values have.</summary>
internal sealed class Sample(string name)
{
    private readonly List<double> _values = [];
    private bool _sorted;

    public string Name => name;

    public int Count => _values.Count;

    public double Median => Percentile(50);

    /// <summary>Half of all values lie within this of each other: how much the machine's noise moves the median.</summary>
    public double Spread => Percentile(75) - Percentile(25);

    public void Add(double value)
    {
        _values.Add(value);
        _sorted = false;
    }

    /// <summary>The smallest value that so many percent of all do not exceed.</summary>
    public double Percentile(double percent)
    {
        if (!_sorted)
            _values.Sort();
        _sorted = true;
        return _values.Count == 0 ? double.NaN : _values[Math.Clamp((int)Math.Ceiling(_values.Count * percent / 100) - 1, 0, _values.Count - 1)];
    }
}
