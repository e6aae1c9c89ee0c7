using OxyPlot;
using OxyPlot.Axes;
using OxyPlot.Legends;
using OxyPlot.Series;

namespace SandboxApi.Bench.Report;

/// <summary>The plots of the report.</summary>
internal static class Plots
{
    private static readonly OxyColor[] s_colours =
        [OxyColor.Parse("#888888"), OxyColor.Parse("#1f77b4"), OxyColor.Parse("#d62728"), OxyColor.Parse("#2ca02c"), OxyColor.Parse("#9467bd"), OxyColor.Parse("#ff7f0e"), OxyColor.Parse("#17becf"), OxyColor.Parse("#8c564b")];

    /// <summary>Lines over a logarithmic axis.</summary>
    public static PlotModel Lines(string title, string across, string up, IEnumerable<(string Name, IEnumerable<(double X, double Y)> Points)> lines, bool isLogarithmic = true, bool upIsLogarithmic = false)
    {
        var plot = Empty(title);
        plot.Axes.Add(isLogarithmic ? new LogarithmicAxis { Position = AxisPosition.Bottom, Title = across, AxisTitleDistance = 12 } : new LinearAxis { Position = AxisPosition.Bottom, Title = across, AxisTitleDistance = 12 });
        plot.Axes.Add(upIsLogarithmic ? new LogarithmicAxis { Position = AxisPosition.Left, Title = up, AxisTitleDistance = 14, MajorGridlineStyle = LineStyle.Dot } : new LinearAxis { Position = AxisPosition.Left, Title = up, AxisTitleDistance = 14, Minimum = 0, MajorGridlineStyle = LineStyle.Dot });
        foreach (var (name, points) in lines)
        {
            var series = new LineSeries { Title = Label(name), MarkerType = MarkerType.Circle, MarkerSize = 3, StrokeThickness = 2, Color = s_colours[plot.Series.Count % s_colours.Length] };
            series.Points.AddRange(points.Select(point => new DataPoint(point.X, point.Y)));
            plot.Series.Add(series);
        }

        return plot;
    }

    /// <summary>How much of all runs took at most how long.</summary>
    public static PlotModel Distribution(string title, IEnumerable<Measuring.Sample> samples)
    {
        var plot = Lines(title, "milliseconds", "percent of runs", samples.Select(sample => (sample.Name, Enumerable.Range(1, 199).Select(half => (sample.Percentile(half / 2.0), half / 2.0)))));
        foreach (var series in plot.Series.OfType<LineSeries>())
            series.MarkerType = MarkerType.None;
        return plot;
    }

    public static void Save(PlotModel plot, string path)
    {
        using var file = File.Create(path);
        new SvgExporter { Width = 960, Height = 420, UseVerticalTextAlignmentWorkaround = true }.Export(plot, file);
    }

    /// <summary>The beginning of a name, and room behind it: the exporter guesses how wide a text is, and too narrow.</summary>
    private static string Label(string name)
    {
        var label = name.Split(": ")[0].Replace("`", "", StringComparison.Ordinal);
        return label.PadRight(label.Length * 8 / 5, '\u00a0');
    }

    private static PlotModel Empty(string title)
    {
        var plot = new PlotModel { Title = title, TitleFontSize = 14, Background = OxyColors.White };
        plot.Legends.Add(new Legend { LegendPosition = LegendPosition.RightTop, LegendPlacement = LegendPlacement.Outside, LegendLineSpacing = 8 });
        return plot;
    }
}
