using System.Net;
using System.Text.Json;

namespace Patchwise;

/// <summary>The report of a cohort.</summary>
public static class CohortPage
{
    /// <summary>Where the slides are written into the page, which is too long to be one text.</summary>
    const string Here = "<!--slides-->";

    const int MostFailures = 20;

    /// <summary>Twice as many as there are classes, which may be a thousand.</summary>
    internal const int MostScores = 60;

    /// <summary>
    /// A page (.html) that needs no network: summary, charts, failures, and a table of the slides that sorts, those unlike the others first. Thumbnails and
    /// maps are those of the folder: the page is to lie in it.
    /// </summary>
    /// <exception cref="BadInputException">Another extension.</exception>
    public static void SavePage(this Cohort cohort, string path)
    {
        if (Path.GetExtension(path).ToLowerInvariant() is not (".html" or ".htm"))
            throw new BadInputException($"{path}: expected the name of a page, which ends in .html");
        var place = Path.GetRelativePath(Path.GetDirectoryName(Path.GetFullPath(path))!, Path.GetFullPath(cohort.Folder));
        var page = ChartPage.Page(Title(cohort), [.. Parts(cohort)]).Split(Here);
        WholeFile.Write(path, stream =>
        {
            stream.Write(Encoding.UTF8.GetBytes(page[0]));
            var separator = "["u8.ToArray();
            foreach (var slide in cohort.Slides)
            {
                stream.Write(separator);
                JsonSerializer.Serialize(stream, Row(cohort, slide, place), JsonSerializerOptions.Web);
                separator = ",\n"u8.ToArray();
            }
            stream.Write(cohort.Slides.Count == 0 ? "[]"u8 : "]"u8);
            stream.Write(Encoding.UTF8.GetBytes(page[1]));
        });
    }

    static string Title(Cohort cohort) => Invariant($"Cohort of {cohort.Slides.Count:N0} slides");

    static IEnumerable<object> Parts(Cohort cohort)
    {
        static string Encode(string? text) => WebUtility.HtmlEncode(text ?? "");
        yield return $"<style>{Resource("cohort.css")}</style><main><h1>{Title(cohort)}</h1>";
        SlideResult[] failed = [.. cohort.Slides.Where(slide => slide.Failure is not null)];
        (string, string)[] tiles =
        [
            (Invariant($"{cohort.Done:N0} of {cohort.Slides.Count:N0}"), "slides are done"), (Invariant($"{failed.Length:N0}"), "failed or are missing"),
            (Invariant($"{cohort.Slides.Count(slide => slide.Outliers.Count > 0):N0}"), "are unlike the others"),
            (Invariant($"{cohort.Slides.Sum(slide => slide.TissueArea ?? 0):N0} mm²"), "of tissue"),
            (Invariant($"{cohort.Slides.Sum(slide => (long)(slide.Patches ?? 0)):N0}"), "patches predicted"),
            (Time(cohort.Slides.Sum(slide => slide.Seconds)), "of computing"),
        ];
        yield return $"<div class=\"tiles\">{string.Concat(tiles.Select(one => $"<div><b>{one.Item1}</b><span>{one.Item2}</span></div>"))}</div>";
        var models = cohort.Slides.Where(slide => slide.Model is not null).CountBy(slide => (slide.Model, slide.ModelDigest));
        yield return string.Concat(models.Take(5).Select(one =>
            $"<p>Model <b>{Encode(one.Key.Model)}</b>, {Invariant($"{one.Value:N0}")} slides, digest <code>{Encode(one.Key.ModelDigest)}</code></p>"));
        if (cohort.Notes.Count > 0)
            yield return $"<div class=\"notes\"><b>To know before these numbers are relied on</b><ul>{string.Concat(cohort.Notes.Select(note =>
                $"<li>{Encode(note)}</li>"))}</ul></div>";
        yield return "<p>On this page: " + (cohort.Best is null ? "" : "<a href=\"#labels\">what tells the labels apart</a>, ")
            + (cohort.Classes.Count == 0 ? "" : "<a href=\"#together\">the slides together</a>, ") + "<a href=\"#each\">slide by slide</a></p>";
        if (failed.Length > 0)
            yield return "<h2>Failed or missing</h2>" + HtmlTable.Table(new(["slide", "step", "reason"], [.. failed.Take(MostFailures)
                .Select(slide => (string[])[slide.Id, slide.FailedStep!, slide.Failure!])]))
                + (failed.Length > MostFailures ? Invariant($"<p>The first {MostFailures} of {failed.Length:N0}: all are in failures.csv.</p>") : "");
        if (cohort.Roc() is { } roc)
        {
            yield return "<h2 id=\"labels\">What tells the labels apart</h2>";
            yield return roc;
            yield return "<p>An area of 0.5 is chance, 1 is perfect; below 0.5 the score speaks for the other label. Intervals (95 %) by bootstrap of whole "
                + "groups of slides (patients) where they have groups, else of slides.</p>";
            if (cohort.Scores.Count > 2)
                yield return Invariant($"<p>The curve is of the best of the {cohort.Scores.Count} scores below: chosen after looking, its area is too good by ")
                    + "chance. State the class and the label beforehand (--class, --positive) for an honest one.</p>";
            yield return "<details><summary>All areas under the curve</summary>" + HtmlTable.Table(new(
                ["label", "class", "score", "slides", "others", "groups", "area under the curve (95 %)", ""],
                [.. cohort.Scores.OrderByDescending(one => Math.Abs((one.Curve.Auc?.Value ?? 0.5) - 0.5)).Take(MostScores).Select(one => (string[])[
                    one.Positive, one.Class, one.Kind, Invariant($"{one.Curve.Positives:N0}"), Invariant($"{one.Curve.Negatives:N0}"),
                    Invariant($"{one.Curve.Groups:N0}"), one.Curve.Auc?.ToString() ?? "not defined", one.Curve.Note])], null,
                [false, false, false, true, true, true, true, false]))
                + (cohort.Scores.Count <= MostScores ? ""
                : Invariant($"<p>The {MostScores} farthest from chance of {cohort.Scores.Count:N0}: all are in scores.csv.</p>")) + "</details>";
        }
        if (cohort.ClassShares() is { } shares)
        {
            yield return "<h2 id=\"together\">The slides together</h2>";
            yield return shares;
        }
        if (cohort.Histograms() is { } histograms)
            yield return histograms;
        var occurs = cohort.Classes.Select(one => cohort.Slides.Any(slide => slide.Of(one.Name)?.Count > 0));
        var classes = cohort.Classes.Zip(occurs).Select((one, i) =>
            new { one.First.Name, one.First.Title, Color = IsColor(one.First.Color) ? one.First.Color : Style.Color(i), Occurs = one.Second });
        yield return $$"""
            <h2 id="each">Slide by slide</h2>
            <p>Slides unlike the others come first: a number is called unusual where it lies more than {{Invariant($"{CohortOutlier.Limit}")}} robust standard
            deviations (1.4826 times the median of the distances) from the median of all slides; tissue is compared by factors. A click on a heading sorts.</p>
            <div id="cohort" data-classes="{{Encode(JsonSerializer.Serialize(classes, JsonSerializerOptions.Web))}}"></div>
            <script type="application/json" id="slides">{{Here}}</script>
            <script>{{Resource("cohort.js")}}</script>
            <p>The same as tables: <a href="cohort.csv">cohort.csv</a>, <a href="cohort.sqlite">cohort.sqlite</a>, <a href="scores.csv">scores.csv</a>,
            <a href="failures.csv">failures.csv</a>; what they were made with: <a href="provenance.json">provenance.json</a>.</p></main>
            """;
    }

    /// <summary>What the table shows of a slide.</summary>
    static object Row(Cohort cohort, SlideResult slide, string place)
    {
        string? Picture(bool there, string name) => there
            ? string.Join('/', [.. place == "." ? (string[])[] : [.. place.Split(Path.DirectorySeparatorChar).Select(Uri.EscapeDataString)], "slides",
                Uri.EscapeDataString(slide.Id), name]) : null;
        static double? Rounded(double? value, int digits) => value is { } number && double.IsFinite(number) ? Math.Round(number, digits) : null;
        return new
        {
            slide.Id,
            slide.Label,
            slide.Group,
            scanner = slide.Scanner ?? slide.Format,
            mpp = Rounded(slide.MicronsPerPixel, 4),
            thumbnail = Picture(slide.HasThumbnail, "thumbnail.jpg"),
            map = Picture(slide.HasMap, "map.png"),
            tissue = Rounded(slide.TissueArea, 4),
            focus = Rounded(slide.InFocus, 3),
            stain = Rounded(slide.StainDegrees, 1),
            patches = slide.Patches,
            // By the number of the class, without those of 0: of a thousand classes a slide has few. Null: its network has no such class.
            shares = slide.Classes.Count == 0 ? null : cohort.Classes.Index().Select(one => (one.Index, slide.Of(one.Item.Name)?.Share.Value))
                .Where(one => one.Value is not 0).ToDictionary(one => one.Index, one => Rounded(one.Value, 4)),
            confidence = Rounded(slide.MeanConfidence, 3),
            low = Rounded(slide.LowConfidence, 3),
            odd = slide.Outliers is [var most, ..] ? Rounded(Math.Abs(most.Score), 1) : null,
            notes = slide.Notes.Count == 0 ? null : slide.Notes,
            why = slide.Outliers.Count == 0 ? null : slide.Outliers.Select(one => one.ToString()),
            failure = slide.Failure is null ? null : $"{slide.FailedStep}: {slide.Failure}",
        };
    }

    static string Time(double seconds) => seconds < 120 ? Invariant($"{seconds:0} s") : seconds < 7200 ? Invariant($"{seconds / 60:0} min")
        : Invariant($"{seconds / 3600:N0} h");

    static bool IsColor(string color) => color.Length == 7 && color[0] == '#' && color.AsSpan(1).IndexOfAnyExcept(System.Buffers.SearchValues
        .Create("0123456789abcdefABCDEF")) < 0;

    static string Resource(string name) => ChartPage.Resource(typeof(CohortPage).Assembly, $"cohort/{name}")!;
}
