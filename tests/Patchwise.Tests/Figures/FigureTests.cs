using FsCheck;
using FsCheck.Fluent;

namespace Patchwise.Tests;

public class FigureTests
{
    [Fact]
    public void A_figure_is_a_value_that_drawing_does_not_change()
    {
        var bare = new Figure("Areas");
        var drawn = bare.Histogram([1, 2, 3], bins: 3);
        Assert.DoesNotContain("histogram", bare.ToString(), StringComparison.Ordinal);
        Assert.Contains("histogram: 3 values", drawn.ToString(), StringComparison.Ordinal);
        Assert.Equal(drawn.ToSvg(), new Figure("Areas").Histogram([1, 2, 3], bins: 3).ToSvg());
    }

    [Fact]
    public void A_figure_does_not_follow_changes_of_the_arrays_it_was_made_from()
    {
        double[] x = [1, 2, 3], y = [4, 5, 6];
        double[,] z = { { 1, 2 } };
        var (line, heat) = (new Figure().Line(x, y), new Figure().HeatMap(["a", "b"], ["c"], z));
        var before = (line.ToPlotly(), heat.ToPlotly());
        (x[0], y[1], z[0, 0]) = (99, 99, 99);
        Assert.Equal(before, (line.ToPlotly(), heat.ToPlotly()));
    }

    [Fact]
    public void Each_value_is_counted_once_in_the_bin_whose_edges_hold_it() => Prop.ForAll(
        Gen.Choose(-50, 50).Select(value => value / 8.0).ArrayOf().ToArbitrary(), Gen.Choose(1, 30).ToArbitrary(), (values, bins) =>
        {
            var counted = Binning.Count(values, bins, -3, 4.1, "", null);
            for (var bin = 0; bin < bins; bin++)
            {
                var (low, high, last) = (counted.Edges[bin], counted.Edges[bin + 1], bin == bins - 1);
                Assert.Equal(values.Count(value => value >= low && (last ? value <= high : value < high)), counted.Counts[bin]);
            }
            Assert.Equal((values.Count(value => value < -3), values.Count(value => value > 4.1)), (counted.Below, counted.Above));
            Assert.Equal(values.Length, counted.Counts.Sum() + counted.Below + counted.Above);
        }).QuickCheckThrowOnFailure();

    [Theory, InlineData(1, 1), InlineData(0, 0), InlineData(1e-12, 3e-12), InlineData(-1e9, 1e9), InlineData(1000, 1001)]
    public void Any_range_of_values_gets_ticks_within_it(double low, double high)
    {
        var view = AxisView.Of(Panel.Empty with { Marks = [new PointsMark("", null, [low, high], [0, 1], null)] }, isX: true, 6);
        Assert.True(view.Holds(low) && view.Holds(high));
        Assert.InRange(view.Ticks.Length, 2, 13);
        Assert.All(view.Ticks, tick => Assert.InRange(view.Share(tick.At), -1e-6, 1 + 1e-6));
        Assert.Equal(view.Ticks.Length, view.Ticks.Select(tick => tick.Text).Distinct().Count());
    }

    [Theory]
    [InlineData(0, 10, 5, new[] { 0.0, 2, 4, 6, 8, 10 })]
    [InlineData(-0.31, 0.29, 6, new[] { -0.3, -0.2, -0.1, 0, 0.1, 0.2 })]
    [InlineData(7, 1234, 4, new[] { 500.0, 1000 })]
    public void Ticks_are_round_numbers(double from, double to, int wanted, double[] expected) => Assert.Equal(expected, Ticks.Linear(from, to, wanted));

    [Fact]
    public void Ticks_of_a_logarithmic_axis_are_powers_of_ten_with_2_and_5_where_few()
    {
        Assert.Equal([5, 10, 20, 50, 100, 200], Ticks.Log(4, 300));
        Assert.Equal([1, 10, 100, 1000, 10_000, 100_000], Ticks.Log(1, 100_000));
    }

    [Theory, InlineData(12345, "12,345"), InlineData(0.25, "0.25"), InlineData(0, "0"), InlineData(3e-7, "3e-7"), InlineData(-1500, "-1,500")]
    public void Numbers_read_the_same_on_every_machine(double value, string text)
    {
        var before = Thread.CurrentThread.CurrentCulture;
        try
        {
            Thread.CurrentThread.CurrentCulture = System.Globalization.CultureInfo.GetCultureInfo("de-DE");
            Assert.Equal(text, Ticks.Text(value));
            Assert.DoesNotContain(",5 ", new Figure().Line([1.5, 2.5], [1, 2]).ToString(), StringComparison.Ordinal);
        }
        finally
        {
            Thread.CurrentThread.CurrentCulture = before;
        }
    }

    [Theory, InlineData(double.NaN), InlineData(double.PositiveInfinity)]
    public void Values_that_are_no_finite_numbers_are_refused_with_the_series_and_the_place(double bad)
    {
        Figure figure = new();
        Assert.Contains("histogram 'area': value 2 is", Refused(() => figure.Histogram([1, 2, bad], name: "area")), StringComparison.Ordinal);
        Assert.Contains("y of scatter 'cells': value 0 is", Refused(() => figure.Scatter([1], [bad], "cells")), StringComparison.Ordinal);
        Assert.Contains("x of line: value 1 is", Refused(() => figure.Line([1, bad], [1, 2])), StringComparison.Ordinal);
        Assert.Contains("vertical line '64 px' is", Refused(() => figure.VerticalLine(bad, "64 px")), StringComparison.Ordinal);
        Assert.Contains("axis 'area'", Refused(() => figure.X("area", from: bad)), StringComparison.Ordinal);
    }

    [Fact]
    public void An_infinite_value_is_refused_where_NaN_is_a_gap()
    {
        Figure figure = new();
        Assert.Contains("bars: value 0", Refused(() => figure.Bars(["a"], [double.NegativeInfinity])), StringComparison.Ordinal);
        Assert.Contains("y of steps: value 1", Refused(() => figure.Steps([1, 2], [1, double.PositiveInfinity])), StringComparison.Ordinal);
        Assert.Contains("heat map: value 1", Refused(() => figure.HeatMap(["a", "b"], ["c"], new[,] { { 1, double.PositiveInfinity } })), StringComparison.Ordinal);
    }

    [Fact]
    public void What_does_not_fit_together_is_refused_by_name()
    {
        Figure figure = new();
        Assert.Contains("2 values beside 3 labels", Refused(() => figure.Bars(["a", "b", "c"], [1, 2])), StringComparison.Ordinal);
        Assert.Contains("'a' comes 2 times", Refused(() => figure.Bars(["a", "a"], [1, 2])), StringComparison.Ordinal);
        Assert.Contains("1 row labels", Refused(() => figure.HeatMap(["a"], ["b"], new double[2, 1])), StringComparison.Ordinal);
        Assert.Contains("0 bins", Refused(() => figure.Histogram([1], bins: 0)), StringComparison.Ordinal);
        Assert.Contains("the color 'url(#x)'", Refused(() => figure.Line([1], [1], color: "url(#x)")), StringComparison.Ordinal);
        Assert.Contains("Figure.SideBySide", Refused(() => figure.Bars(["a"], [1]).Line([1], [1])), StringComparison.Ordinal);
        Assert.Contains("lower limit first", Refused(() => figure.Y("y", from: 2, to: 1)), StringComparison.Ordinal);
        Assert.Contains("limits above 0", Refused(() => figure.X("x", from: 0, log: true)), StringComparison.Ordinal);
        Assert.Contains("at least one", Refused(() => Figure.SideBySide([])), StringComparison.Ordinal);
        Assert.Contains("too far apart", Refused(() => figure.Line([-1e308, 1e308], [0, 1]).ToSvg()), StringComparison.Ordinal);
        Assert.Contains("expected .svg", Refused(() => figure.Save("figure.gif")), StringComparison.Ordinal);
    }

    [Theory, InlineData("#0AF", "#00aaff"), InlineData("orange", "#ffa500"), InlineData("#D55E00", "#d55e00"), InlineData("green", "#008000")]
    public void Colors_are_written_as_CSS_does(string given, string meant) => Assert.Equal(meant, Palette.Checked(given));

    [Fact]
    public void The_palette_can_be_told_apart_from_white_ground_and_from_each_other()
    {
        var colors = Enumerable.Range(0, 8).Select(Palette.Series).ToArray();
        Assert.Equal(8, colors.Distinct().Count());
        // Contrast by WCAG 2.2 of graphics against their ground is 3; light hues that serve large areas may reach 2.
        Assert.All(colors, color => Assert.True(Contrast(color) > 2, color));
    }

    [Fact]
    public void The_summary_names_each_panel_and_series_with_its_range()
    {
        var figure = Figure.SideBySide(
            [new Figure("Areas").Histogram([5, 7, 90], bins: 4, from: 0, to: 10, name: "nuclei").X("area", "px²").VerticalLine(8, "64 px"), new Figure("Curve").Line([1, 2], [0.5, double.NaN], "kept")], "Two");
        Assert.Equal("""
            Figure "Two"
              Areas
                x: area (px²), y: -
                histogram 'nuclei': 2 values in 4 bins from 0 to 10, the fullest holds 2, 1 outside
                vertical line '64 px': at 8
              Curve
                line 'kept': 2 points, x 1 to 2, y 0.5 to 0.5
            """.ReplaceLineEndings("\n"), figure.ToString());
    }

    [Fact]
    public void Files_are_written_by_extension_and_nothing_is_left_of_a_failure()
    {
        var folder = Directory.CreateTempSubdirectory().FullName;
        try
        {
            var figure = new Figure("Areas").Histogram([1, 2, 3]);
            foreach (var (name, begins) in (KeyValuePair<string, string>[])[new("a.svg", "<svg"), new("ä b.HTML", "<!DOCTYPE"), new("a.json", "{\"data\""), new("a.png", "\ufffdPNG")])
            {
                figure.Save(Path.Combine(folder, name));
                Assert.StartsWith(begins, File.ReadAllText(Path.Combine(folder, name)), StringComparison.Ordinal);
            }
            Refused(() => figure.Save(Path.Combine(folder, "a.tif")));
            Assert.Equal(4, Directory.GetFileSystemEntries(folder).Length);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    static string Refused(Action action) => Assert.Throws<BadInputException>(action).Message;

    static double Contrast(string color)
    {
        double Part(int at)
        {
            var value = Convert.ToInt32(color.Substring(at, 2), 16) / 255.0;
            return value <= 0.04045 ? value / 12.92 : Math.Pow((value + 0.055) / 1.055, 2.4);
        }
        return 1.05 / (0.2126 * Part(1) + 0.7152 * Part(3) + 0.0722 * Part(5) + 0.05);
    }
}
