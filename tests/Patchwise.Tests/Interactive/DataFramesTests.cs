using System.Globalization;
using Microsoft.Data.Analysis;

namespace Patchwise.Tests;

public class DataFramesTests
{
    [Fact]
    public void Regions_are_rows_with_the_columns_of_their_file_and_can_be_grouped()
    {
        using var folder = SyntheticSet.Varied(31);
        var regions = RegionTable.Measure(folder.Open(), RegionProperties.All).At(20);
        var frame = regions.ToDataFrame();
        Assert.Equal(regions.Count, frame.Rows.Count);
        Assert.Equal(regions.Select(row => row.Area), frame["area"].Cast<object>().Select(value => Convert.ToDouble(value, CultureInfo.InvariantCulture)));
        Assert.Equal(regions.Select(row => row.Image), frame["image"].Cast<string>());
        var means = frame.GroupBy("image").Mean("area");
        foreach (var row in means.Rows)
            Assert.Equal(regions.Where(region => region.Image == (string)row[0]).Average(region => region.Area),
                Convert.ToDouble(row[1], CultureInfo.InvariantCulture), 1e-6);
        Assert.Equal(0, regions.Where(_ => false).ToDataFrame().Rows.Count);
    }

    [Fact]
    public void Predictions_keep_their_probabilities_and_missing_labels_are_null()
    {
        var predictions = Tables.Of(2, [0, null, 1], [0.75f, 0.25f, 0.25f, 0.75f, 0.5f, 0.5f]);
        var frame = predictions.ToDataFrame();
        Assert.Equal([0, 1, 2], frame["row"].Cast<int>());
        Assert.Equal([0.25, 0.75, 0.5], frame[$"p({predictions.Classes[1].Name})"].Cast<double>());
        Assert.Equal([predictions.Classes[0].Name, null, predictions.Classes[1].Name], frame["label"].Cast<string?>());
        var sure = frame.Filter(frame["probability"].ElementwiseGreaterThan(0.6));
        Assert.Equal(2, sure.Rows.Count);
    }

    [Fact]
    public void An_evaluation_has_a_row_a_class_and_null_where_a_measure_is_not_defined()
    {
        var evaluation = Evaluation.Of(Tables.Of(3, [0, 1, 0], null, [0, 1, 1]), 100);
        var frame = evaluation.ToDataFrame();
        Assert.Equal(3, frame.Rows.Count);
        Assert.Equal([0.5, 1, null], frame["recall"].Cast<double?>());
        Assert.Equal(evaluation.Classes.Select(one => one.Support), frame["patches"].Cast<int>());
    }

    [Fact]
    public void A_notebook_shows_twenty_rows_whatever_the_machine_s_language()
    {
        var culture = CultureInfo.CurrentCulture;
        CultureInfo.CurrentCulture = new("de-DE");
        try
        {
            var frame = new DataFrame(new DoubleDataFrameColumn("<value>", Enumerable.Range(0, 1000).Select(i => i + 0.5)),
                new StringDataFrameColumn("name", Enumerable.Repeat("<b>", 1000)));
            var html = Shown.Html(frame);
            Assert.Equal(21, html.Split("<tr>").Length - 1);
            Assert.Contains("1,000 rows, 2 columns; the first 20:", html, StringComparison.Ordinal);
            Assert.Contains("&lt;value&gt;", html, StringComparison.Ordinal);
            Assert.DoesNotContain("<b>", html, StringComparison.Ordinal);
            Assert.Contains("19.5", Shown.Text(frame), StringComparison.Ordinal);
            Assert.DoesNotContain("20.5", Shown.Text(frame), StringComparison.Ordinal);
        }
        finally
        {
            CultureInfo.CurrentCulture = culture;
        }
    }
}
