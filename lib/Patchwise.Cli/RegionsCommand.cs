namespace Patchwise.Cli;

/// <summary>Measures the objects of masks and writes one CSV line an object.</summary>
static class RegionsCommand
{
    internal static Command Make()
    {
        var masks = new Argument<string[]>("MASK")
        {
            Description = "Mask images, or folders of them: 0 is background, connected pixels of equal value are an object",
            Arity = ArgumentArity.OneOrMore,
        };
        var edge = Commands.Real("--edge", "PX", "Leave out objects that come nearer than PX px to an edge of their mask; 1 leaves out those that it cuts");
        var rule = new Option<EdgeRule>("--edge-rule")
        {
            Description = "What --edge looks at: the whole box of an object, or its centre (the centroid)",
            HelpName = "box|centre",
        };
        var (threshold, page, channel) = (Commands.Threshold("--threshold"), Commands.Page("--page"), Commands.Channel("--channel"));
        var csv = Commands.Text("--csv", "OUT.csv", "Write the table to this file instead of standard output");
        var maxPixels = Commands.MaxPixels();
        var command = new Command("regions", "Measure the objects of masks: a CSV line each, with area, box, centroid and shape in px.\n" +
            "Example: patchwise regions masks/ --edge 16 --csv regions.csv") { masks, edge, rule, threshold, page, channel, csv, maxPixels };
        command.SetAction(parsed =>
        {
            if (Commands.Has(parsed, rule) && !Commands.Has(parsed, edge))
                throw new BadInputException("--edge-rule without --edge: expected both, such as --edge 16 --edge-rule centre");
            var files = parsed.GetRequiredValue(masks).SelectMany(FilesOf).ToList();
            if (parsed.GetValue(csv) is { } own)
                Commands.Target(own, files);
            var stems = files.CountBy(file => Path.GetFileNameWithoutExtension(file)).ToDictionary();
            var table = RegionTable.Concat([.. files.Select(file =>
            {
                var stem = Path.GetFileNameWithoutExtension(file);
                var mask = Mask.Load(file, parsed.GetValue(threshold), parsed.GetValue(page), parsed.GetValue(channel), parsed.GetValue(maxPixels));
                return RegionTable.Measure(mask, stems[stem] == 1 ? stem : file, null, RegionProperties.All, CancellationToken.None);
            })]).AwayFromEdge(parsed.GetValue(edge) ?? 0, parsed.GetValue(rule));
            Commands.Note([.. table.Notes, .. table.Check().Warnings]);
            if (parsed.GetValue(csv) is { } path)
                table.SaveCsv(path, source: false);
            else
            {
                using var output = new StreamWriter(Console.OpenStandardOutput());
                table.WriteCsv(output, source: false);
            }
        });
        return command;
    }

    static IEnumerable<string> FilesOf(string path)
    {
        if (!Directory.Exists(path))
            return [path];
        var files = Directory.EnumerateFiles(path).Where(SetFiles.IsMask).Order(StringComparer.Ordinal).ToList();
        return files.Count > 0 ? files : throw new BadInputException($"the folder {path} holds no image: expected masks as images or .npy files");
    }
}
