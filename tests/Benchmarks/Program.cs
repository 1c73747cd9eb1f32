using System.Globalization;
using Patchwise.Benchmarks;

CultureInfo.DefaultThreadCurrentCulture = CultureInfo.InvariantCulture;
if (args is ["work", var name, var inputs])
    return Work.Serve(name, inputs);
// For a side that is run by itself, as with "work".
if (args is ["inputs", var of, var place])
{
    Inputs.Make(Directory.CreateDirectory(place).FullName, of);
    return 0;
}
if (args is ["gpu-patches", var home, var target])
    return Gpu.Pack(home, target);
if (args is ["signal", var checkout, .. var rest])
{
    foreach (var line in Signal.Measure(checkout, rest is [var whole] ? whole : null))
        Console.WriteLine(line);
    return 0;
}
if (args is ["showpiece", var root, .. var resnet])
{
    foreach (var line in Showpiece.Measure(root, resnet is [var path] ? path : null).Concat([""]).Concat(Showpiece.Novelty(root)))
        Console.WriteLine(line);
    return 0;
}
if (args is ["int8", var source, .. var learned])
{
    foreach (var line in Quantizing.Measure(source, learned is [var file] ? file : null))
        Console.WriteLine(line);
    return 0;
}
if (args is ["head", var trained])
{
    Quantizing.Train("mobilenet_v2-imagenet", trained);
    return 0;
}
if (args is ["gpu", var packed, .. var networks])
    return Gpu.Run(packed, networks);

if (args is not [var repository, var count, var table, .. var parts])
    throw new ArgumentException("usage: Benchmarks REPOSITORY PAIRS TABLE [PART OF A ROW'S TEXT]...");
var pairs = int.Parse(count, CultureInfo.InvariantCulture);
var folder = Directory.CreateTempSubdirectory("patchwise-benchmarks-").FullName;
try
{
    var all = Rows.All(repository, folder).ToList();
    bool Wanted(string text) => parts.Length == 0 || parts.Any(part => text.Contains(part, StringComparison.OrdinalIgnoreCase));
    var rows = all.Where(row => Wanted($"{row.Work}, {row.Peer}")).ToList();
    var growing = Rows.Growing.Where(growing => Wanted($"Growth of {growing.Work}")).ToList();
    if (rows.Count + growing.Count == 0)
        throw new ArgumentException($"no row holds {string.Join(" or ", parts)}");
    Inputs.Make(folder, repository);
    var ceilings = Ceilings.Measure(pairs, work => Rows.Ours(work, folder));
    var before = Console.In.ReadToEnd();
    List<Comparison> measured = [];
    List<string> growth = [];
    foreach (var row in rows)
    {
        measured.Add(Comparison.Run(row, pairs));
        Write();
    }
    foreach (var (work, sizes) in growing)
    {
        growth.Add(Table.Growth(work, [.. sizes.Select(each =>
        {
            Console.Error.WriteLine($"Growth of {work}, {each.Size} times the work");
            using var side = Rows.Ours(each.Work, folder);
            return (each.Size, Comparison.Median([.. Enumerable.Range(0, pairs).Select(_ => side.Seconds())]));
        })]));
        Write();
    }
    Console.Write(File.ReadAllText(table));

    // After each row: a run that is stopped keeps what it has measured.
    void Write() => File.WriteAllText(table, Table.Markdown(before, all, measured, ceilings, growth));
    return 0;
}
finally
{
    Directory.Delete(folder, recursive: true);
}
