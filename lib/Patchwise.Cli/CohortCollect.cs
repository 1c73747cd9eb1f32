using System.Globalization;
using System.Text.Json.Nodes;
using CsvHelper;
using CsvHelper.Configuration;

namespace Patchwise.Cli;

/// <summary>What all slides of a cohort gave, in one table; one slide at a time is in memory.</summary>
static class CohortCollect
{
    /// <param name="folder">Of the results.</param>
    internal static int Collect(string folder)
    {
        var slides = CohortSlide.Read(Path.Combine(folder, "slides.csv"));
        Write("cohort.csv", slides.Select(slide => (slide.Id, Found(slide.Id))),
            ["id", "width", "height", "tissueMm2", "patches", "meanConfidence", "failure"]);
        Write("failures.csv", slides.Select(slide => (slide.Id, Found(slide.Id))).Where(one => one.Item2["failure"] is not null), ["id", "step", "failure"]);
        return 0;

        void Write(string name, IEnumerable<(string Id, JsonObject Found)> rows, string[] columns) => WholeFile.Write(Path.Combine(folder, name), stream =>
        {
            using var writer = new StreamWriter(stream, leaveOpen: true);
            using var csv = new CsvWriter(writer, new CsvConfiguration(CultureInfo.InvariantCulture) { NewLine = "\n" });
            foreach (var column in columns)
                csv.WriteField(column);
            csv.NextRecord();
            foreach (var (id, found) in rows)
            {
                foreach (var column in columns)
                    csv.WriteField(column == "id" ? id : found[column]?.ToString());
                csv.NextRecord();
            }
        });

        JsonObject Found(string id)
        {
            var all = new JsonObject();
            foreach (var step in CohortStep.Names)
                foreach (var (name, value) in CohortStep.Read(CohortStep.FileOf(folder, id, step)) ?? [])
                    all[name] = value?.DeepClone();
            return all;
        }
    }
}
