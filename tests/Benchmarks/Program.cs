using System.Globalization;
using Patchwise.Benchmarks;

CultureInfo.DefaultThreadCurrentCulture = CultureInfo.InvariantCulture;
if (args is ["work", var name, var inputs])
    return Work.Serve(name, inputs);
if (args is ["gpu-patches", var home, var target])
    return Gpu.Pack(home, target);
if (args is ["gpu", var packed, .. var networks])
    return Gpu.Run(packed, networks);

var (repository, pairs, part) = args is [var given, var count, .. var rest] ? (given, int.Parse(count, CultureInfo.InvariantCulture), rest is [var filter] ? filter : "")
    : throw new ArgumentException("usage: Benchmarks REPOSITORY PAIRS [PART OF A ROW'S TEXT]");
var folder = Directory.CreateTempSubdirectory("patchwise-benchmarks-").FullName;
try
{
    var rows = Rows.All(repository, folder).Where(row => $"{row.Work}, {row.Peer}".Contains(part, StringComparison.OrdinalIgnoreCase)).ToList();
    if (rows.Count == 0)
        throw new ArgumentException($"no row holds '{part}'");
    Inputs.Make(folder, repository);
    var ceilings = Ceilings.Measure(pairs, work => Rows.Ours(work, folder));
    var measured = rows.ConvertAll(row => Comparison.Run(row, pairs));
    Console.WriteLine(Table.Markdown(measured, ceilings));
    if (part == "")
        foreach (var (work, names) in Rows.Growing)
            Console.WriteLine(Table.Growth(work, [.. names.Select(each =>
            {
                using var side = Rows.Ours(each.Work, folder);
                return (each.Size, Comparison.Median([.. Enumerable.Range(0, pairs).Select(_ => side.Seconds())]));
            })]));
    return 0;
}
finally
{
    Directory.Delete(folder, recursive: true);
}
