namespace Patchwise.Cli;

/// <summary>Gathers the results of a cohort's slides in tables and a page.</summary>
static class CohortCollect
{
    internal static Command Make()
    {
        var folder = new Argument<string>("OUT") { Description = "The folder of the cohort's results, with slides.csv and slides/" };
        var (one, positive) = (Commands.Text("--class", "NAME", "The class whose share and mean probability tell the labels apart; without it each is tried"),
            Commands.Text("--positive", "LABEL", "The label that a high score speaks for; without it the last of two, of more each against the rest"));
        var command = new Command("collect", "Write cohort.csv, cohort.sqlite, scores.csv, failures.csv, provenance.json and report.html of a cohort's results."
            + "\n\nExample: patchwise cohort collect out --class TUM --positive tumor") { folder, one, positive };
        command.SetAction((parsed, cancel) => Task.Run(() => Collect(parsed.GetRequiredValue(folder),
            new() { Class = parsed.GetValue(one), Positive = parsed.GetValue(positive) }, cancel), CancellationToken.None));
        return command;
    }

    /// <returns>0, also where slides failed: that is said, and stands in failures.csv.</returns>
    internal static int Collect(string folder, CohortOptions options, CancellationToken cancel)
    {
        var cohort = Cohort.Open(folder, options, cancel);
        string At(string name) => Path.Combine(folder, name);
        cohort.SaveCsv(At("cohort.csv"));
        cohort.SaveSqlite(At("cohort.sqlite"));
        cohort.SaveFailures(At("failures.csv"));
        cohort.SaveScores(At("scores.csv"));
        cohort.SaveProvenance(At("provenance.json"));
        Interactive.Use($"{At("report.html")} was not written", () => cohort.SavePage(At("report.html")));
        Console.Out.WriteLine(cohort);
        Console.Out.WriteLine($"\nthe tables and report.html are in {folder}");
        return 0;
    }
}
