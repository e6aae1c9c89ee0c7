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
        plot.Axes.Add(isLogarithmic ? new LogarithmicAxis { Position = AxisPosition.Bottom, Title = across } : new LinearAxis { Position = AxisPosition.Bottom, Title = across });
        plot.Axes.Add(upIsLogarithmic ? new LogarithmicAxis { Position = AxisPosition.Left, Title = up, MajorGridlineStyle = LineStyle.Dot } : new LinearAxis { Position = AxisPosition.Left, Title = up, Minimum = 0, MajorGridlineStyle = LineStyle.Dot });
        foreach (var (name, points) in lines)
        {
            var series = new LineSeries { Title = name, MarkerType = MarkerType.Circle, MarkerSize = 3, StrokeThickness = 2, Color = s_colours[plot.Series.Count % s_colours.Length] };
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
        new SvgExporter { Width = 800, Height = 420, UseVerticalTextAlignmentWorkaround = true }.Export(plot, file);
    }

    private static PlotModel Empty(string title)
    {
        var plot = new PlotModel { Title = title, TitleFontSize = 14, Background = OxyColors.White };
        plot.Legends.Add(new Legend { LegendPosition = LegendPosition.RightTop, LegendPlacement = LegendPlacement.Outside });
        return plot;
    }
}
