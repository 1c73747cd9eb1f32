namespace Patchwise.Tests;

public class SignalChartsTests
{
    /// <summary>One test for all charts, which takes some seconds.</summary>
    static readonly Lazy<SignalTest> Tested = new(() => new SignalSubject().Test());

    [Fact]
    public void The_surface_holds_each_setting_at_its_place_and_frames_the_suggestion_and_the_best()
    {
        var test = Tested.Value;
        foreach (var input in (int[])[16, 32])
        {
            var chart = test.Surface(input: input);
            var map = Assert.Single(Shown.Traces(chart, "heatmap"));
            foreach (var (y, factor) in new[] { 1, 0.5, 0.25 }.Index())
                foreach (var (x, field) in new[] { 16, 24, 32 }.Index())
                {
                    // What has more px than the input, or very few, is not tried.
                    var row = test.Rows.SingleOrDefault(row => row.Setting == new SignalSetting(factor, field, input));
                    if (row is null)
                    {
                        Assert.Null(map["z"]![y]![x]);
                        continue;
                    }
                    Assert.Equal(row.Accuracy.Value, (double)map["z"]![y]![x]!, 1e-12);
                    Assert.StartsWith(FormattableString.Invariant($"{row.Accuracy.Value:0.000}<br>"), (string)map["text"]![y]![x]!, StringComparison.Ordinal);
                }
            var layout = Shown.Json(chart)["layout"]!;
            Assert.InRange(test.Rows.Count(row => row.Setting.Input == input), 3, 9);
            Assert.Equal(["40x", "20x", "10x"], layout["yaxis"]!["ticktext"]!.AsArray().Select(text => (string)text!));
            Assert.Equal(["16 px", "24 px", "32 px"], layout["xaxis"]!["ticktext"]!.AsArray().Select(text => (string)text!));
            // Two lines a frame, around the middle of the cell.
            var framed = (layout["shapes"]?.AsArray() ?? []).Select(shape => (((double)shape!["x0"]! + (double)shape["x1"]!) / 2,
                ((double)shape["y0"]! + (double)shape["y1"]!) / 2)).Distinct().ToHashSet();
            var expected = new[] { test.Best, test.Suggested }.OfType<SignalRow>().Where(row => row.Setting.Input == input)
                .Select(row => ((double)Array.IndexOf([16, 24, 32], row.Setting.Field), (double)Array.IndexOf([1, 0.5, 0.25], row.Setting.Factor))).ToHashSet();
            Assert.Equal(expected.Order(), framed.Order());
        }
        Assert.Contains("expected 16, 32, 48", Assert.Throws<BadInputException>(() => test.Surface(input: 20)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_the_other_tests_suggest_is_marked_between_the_places_in_equal_factors()
    {
        using var subject = new SignalSubject();
        var set = subject.Open();
        var regions = RegionTable.Measure(set);
        var clarity = ClarityTest.Of(set, regions, new() { Trials = [40, 20, 10], Sample = 12 });
        var chart = subject.Test().Surface(clarity, SizeTest.Of(regions, step: 20));
        var layout = Shown.Json(chart)["layout"]!;
        double Line(string axis) => Assert.Single(layout["shapes"]!.AsArray().Where(shape => (string)shape!["type"]! == "line"
            && (string)shape[$"{axis}ref"]! == axis).Select(shape => (double)shape![$"{axis}0"]!).Distinct());
        Assert.Equal(Math.Clamp(Math.Log2(40 / clarity.Suggestion.Magnification!.Value.Power), -0.5, 2.5), Line("y"), 1e-9);
        Assert.Equal(Math.Log(20.0 / 16) / Math.Log(24.0 / 16), Line("x"), 1e-9);
        // The table may be at another magnification than the images: the mark stays where it is.
        var halved = Shown.Json(subject.Test().Surface(null, SizeTest.Of(regions.At(20), step: 10)))["layout"]!;
        Assert.Contains(halved["shapes"]!.AsArray(), shape => (string)shape!["type"]! == "line" && (string)shape["xref"]! == "x"
            && Math.Abs((double)shape["x0"]! - Line("x")) < 1e-9);
        Assert.Contains("clarity test: ", Shown.Text(chart), StringComparison.Ordinal);
        Assert.Contains("size test: 20 px", Shown.Text(chart), StringComparison.Ordinal);
        Assert.Contains("the magnification of these images is not known",
            Assert.Throws<BadInputException>(() => subject.Test(null).Surface(clarity)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Microns_stand_beside_px_where_they_are_known()
    {
        using var subject = new SignalSubject(mpp: 0.5);
        Assert.Contains("24 px, 12 microns", Shown.Json(subject.Test(null).Surface())["layout"]!["xaxis"]!["ticktext"]!.ToJsonString(),
            StringComparison.Ordinal);
    }

    [Fact]
    public void The_frontier_marks_every_setting_at_its_cost_with_the_best_of_each_cost()
    {
        var test = Tested.Value;
        var chart = test.Frontier();
        var traces = Shown.Traces(chart, "scatter");
        double Judged(SignalRow row) => test.Best.Accuracy.Value - row.ShrunkLoss / 100;
        foreach (var (name, factor) in new[] { ("40x", 1), ("20x", 0.5), ("10x", 0.25) })
        {
            var marks = Assert.Single(traces, trace => (string?)trace["name"] == name);
            SignalRow[] rows = [.. test.Rows.Where(row => row.Setting.Factor == factor)];
            Assert.Equal(rows.Select(row => (row.MultiplyAdds!.Value / 1e6, Judged(row))).Order(),
                Shown.Numbers(marks["x"]).Zip(Shown.Numbers(marks["y"])).Order());
            Assert.Equal(rows.Count(row => !row.Safe), marks["marker"]!["color"]!.AsArray().Count(color => (string)color! == "#ffffff"));
        }
        var best = Assert.Single(traces, trace => (string?)trace["name"] == "best for the cost");
        foreach (var (x, y) in Shown.Numbers(best["x"]).Zip(Shown.Numbers(best["y"])))
            Assert.Equal(test.Rows.Where(row => row.MultiplyAdds!.Value / 1e6 <= x * (1 + 1e-12)).Max(Judged), y, 1e-12);
        Assert.Contains("within 1 point of the best", Shown.Text(chart), StringComparison.Ordinal);
        var ring = Assert.Single(traces, trace => (string?)trace["name"] == $"best: {test.Best.Setting.Describe(test.Magnification)}");
        Assert.Equal((test.Best.MultiplyAdds!.Value / 1e6, Judged(test.Best)), ((double)ring["x"]![0]!, (double)ring["y"]![0]!));
    }

    [Fact]
    public void The_galleries_show_what_the_network_sees_and_who_is_told_right_where()
    {
        var test = Tested.Value;
        var gallery = test.Gallery(each: 2);
        Assert.Equal(["coarse", "fine"], gallery.Rows.Select(row => row.Label));
        Assert.All(gallery.Rows, row =>
        {
            Assert.Equal(4, row.Cells.Length);
            Assert.All(row.Cells.Index(), cell => Assert.True(cell.Index % 2 != 0 || cell.Item.Image!.Width == test.Best.Setting.Input));
        });
        Assert.Equal(test.Gallery(2).ToString(), test.Gallery(2).ToString());
        var changed = test.Changed(most: 3);
        Assert.Equal(4, changed.Rows.Length);
        if (test.Suggested is { } suggested)
        {
            var (best, cheap) = (test.Right(test.Best), test.Right(suggested));
            var lost = best.Zip(cheap).Count(pair => pair is { First: > 0.5, Second: <= 0.5 });
            Assert.Contains($" {lost} are told right at the best setting", changed.Title, StringComparison.Ordinal);
            Assert.Equal(test.Lost.Count, lost);
        }
        foreach (var wrong in (Action[])[() => test.Gallery(0), () => test.Changed(0)])
            Assert.Contains("expected 1 to 20", Assert.Throws<BadInputException>(wrong).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Where_the_best_itself_is_suggested_it_is_not_compared_with_itself_as_if_it_were_another()
    {
        using var subject = new SignalSubject();
        var test = subject.Test(change: options => options with { Factors = [1], Fields = [16], Inputs = [16] });
        Assert.Equal(test.Best, test.Suggested);
        Assert.DoesNotContain("suggested", test.Gallery(1).ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Where_nothing_varies_there_is_no_interval_and_that_is_said()
    {
        var test = SignalTest.Of(SignalSet.Of(12, 32, (label, _) => (_, _) => label == 0 ? 60 : 200), new FilterBank(),
            new() { Fields = [16], Inputs = [16, 32], Reference = 64, Objects = 144, Factors = [1] }, default);
        Assert.Equal(1, test.Best.Accuracy.Value);
        foreach (var chart in new[] { test.Surface(), test.Frontier() })
        {
            Assert.Contains("no interval", Shown.Html(chart), StringComparison.Ordinal);
            Assert.DoesNotContain("NaN", Shown.Text(chart), StringComparison.Ordinal);
            Assert.DoesNotContain("NaN to NaN", Shown.Html(chart), StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_test_shows_its_answer_first_and_is_a_page_that_needs_nothing_else()
    {
        using var subject = new SignalSubject(coarse: "<b>coarse & plain");
        var test = subject.Test();
        Assert.Contains(System.Net.WebUtility.HtmlEncode(test.Sentence), Shown.Html(test), StringComparison.Ordinal);
        foreach (var value in (object[])[test, test.Surface(), test.Frontier(), test.Gallery(), test.Changed()])
        {
            Assert.StartsWith("<", Shown.Html(value).TrimStart(), StringComparison.Ordinal);
            Assert.DoesNotContain("<b>coarse", Shown.Html(value), StringComparison.Ordinal);
        }
        using var folder = new TemporaryFolder();
        test.SavePage(folder.At("signal.html"));
        var page = File.ReadAllText(folder.At("signal.html"));
        Assert.Contains(System.Net.WebUtility.HtmlEncode(test.Sentence), page, StringComparison.Ordinal);
        Assert.Equal(2, System.Text.RegularExpressions.Regex.Count(page, "<div data-patchwise="));
        Assert.DoesNotContain("<b>coarse", page, StringComparison.Ordinal);
        Assert.DoesNotMatch("<(script|link|img)[^>]*(src|href)=\"http", page);
        Assert.Contains("ends in .html", Assert.Throws<BadInputException>(() => test.SavePage(folder.At("signal.pdf"))).Message, StringComparison.Ordinal);
    }
}
