using System.Globalization;
using Patchwise.Benchmarks;

CultureInfo.DefaultThreadCurrentCulture = CultureInfo.InvariantCulture;
var self = Environment.ProcessPath!;
if (args is ["work", var name, var inputs])
    return Work.Serve(name, inputs);

var repository = args is [var given, ..] ? given : throw new ArgumentException("usage: Benchmarks REPOSITORY [PAIRS]");
var pairs = args.Length > 1 ? int.Parse(args[1], CultureInfo.InvariantCulture) : 7;
var python = Path.Combine(repository, "tests", "Benchmarks", "python");
var folder = Directory.CreateTempSubdirectory("patchwise-benchmarks-").FullName;
try
{
    Inputs.Make(folder);
    Inputs.MakeSlide(folder, repository);
    Side Ours(string work) => new(self, "work", work, folder);
    Side Peer(string work) => new("/usr/bin/python3", Path.Combine(python, "peers.py"), work, folder);
    Side Whole(params string[] command) => new("/usr/bin/python3", [Path.Combine(python, "whole.py"), .. command]);

    List<Comparison> rows =
    [
        Comparison.Run("Region table of a 5000 x 5000 px mask, 1,500 objects", "scikit-image label + regionprops", pairs, () => Ours("regions"), () => Peer("regions")),
        Comparison.Run("1,080 patches of 256 px from a slide of 22,200 x 20,769 px, at 1.6 times their size", "openslide-python, as many threads, and OpenCV", pairs, () => Ours("slide"), () => Peer("slide")),
        Comparison.Run("Notebooks 01 to 03, whole process", "the same steps as a Python script", pairs,
            () => Whole(Path.Combine(repository, "tests", "Benchmarks", "notebooks.sh"), repository, Path.Combine(folder, "notebooks")),
            () => Whole("/usr/bin/python3", Path.Combine(python, "choose.py"), Path.Combine(repository, "notebooks", "data", "dsb2018-nuclei"), Path.Combine(folder, "python"), "--sample", "200")),
    ];
    var networks = Networks.Measured.Select(name => (Name: name, Comparison: Comparison.Run($"{name}, 32 patches of 224 px", "PyTorch, eager", pairs,
        () => Ours(name), () => new("/usr/bin/python3", Path.Combine(python, "networks.py"), name)))).ToList();
    using var product = Ours("matrix product");
    var peak = Enumerable.Range(0, pairs).Min(_ => product.Seconds());
    Console.WriteLine(Table.Markdown([.. rows, .. networks.Select(network => network.Comparison)]));
    Console.WriteLine(Networks.Text(networks, peak));
    return 0;
}
finally
{
    Directory.Delete(folder, recursive: true);
}
