using System.CommandLine;

namespace Patchwise.Cli;

/// <summary>Measures the objects of masks and writes one CSV line an object.</summary>
static class RegionsCommand
{
    static readonly string[] Kinds = [".png", ".tif", ".tiff", ".jpg", ".jpeg"];

    internal static Command Make()
    {
        var masks = new Argument<string[]>("MASK")
        {
            Description =
            "Mask images, or folders of them: 0 is background, connected pixels of equal value are an object",
            Arity = ArgumentArity.OneOrMore
        };
        var edge = new Option<double>("--edge")
        {
            CustomParser = result => Commands.Number(result) ?? 0,
            Description = "Leave out objects that come nearer than PX px to an edge of their mask; 1 leaves out those that it cuts",
            HelpName = "PX"
        };
        var rule = new Option<EdgeRule>("--edge-rule")
        {
            Description = "What --edge looks at: the whole box of an object, or its centre (the centroid)",
            HelpName = "box|centre"
        };
        var csv = new Option<string>("--csv") { Description = "Write the table to this file instead of standard output", HelpName = "OUT.csv" };
        var maxPixels = Commands.MaxPixels();
        var command = new Command("regions", "Measure the objects of masks: a CSV line each, with area, box, centroid and shape in px.\n" +
            "Example: patchwise regions masks/ --edge 16 --csv regions.csv") { masks, edge, rule, csv, maxPixels };
        command.SetAction(parsed =>
        {
            var files = parsed.GetRequiredValue(masks).SelectMany(FilesOf).ToList();
            var stems = files.CountBy(file => Path.GetFileNameWithoutExtension(file)).ToDictionary();
            var table = RegionTable.Concat([.. files.Select(file =>
            {
                var stem = Path.GetFileNameWithoutExtension(file);
                return RegionTable.Measure(Raster.Load(file, parsed.GetValue(maxPixels)), stems[stem] == 1 ? stem : file, null, RegionProperties.All,
                    CancellationToken.None);
            })]).AwayFromEdge(parsed.GetValue(edge), parsed.GetValue(rule));
            foreach (var warning in table.Check().Warnings)
                Console.Error.WriteLine($"patchwise: {warning}");
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
        var files = Directory.EnumerateFiles(path).Where(file => Kinds.Contains(Path.GetExtension(file).ToLowerInvariant()))
            .Order(StringComparer.Ordinal).ToList();
        return files.Count > 0 ? files : throw new BadInputException($"the folder {path} holds no image: expected masks as {string.Join(", ", Kinds)} files");
    }
}
