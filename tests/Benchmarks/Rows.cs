namespace Patchwise.Benchmarks;

/// <summary>All rows of the table, in its order.</summary>
static class Rows
{
    const string Python = "/usr/bin/python3";

    internal static Side Ours(string work, string folder) => new(Environment.ProcessPath!, "work", work, folder);

    internal static IEnumerable<Row> All(string repository, string folder)
    {
        var scripts = Path.Combine(repository, "tests", "Benchmarks", "python");
        Side Peer(string work) => new(Python, Path.Combine(scripts, "peers.py"), work, folder);
        Side PyTorch(string what, int count) => new(Python, Path.Combine(scripts, "predict.py"), what, folder, $"{count}");
        Side Whole(params string[] command) => new(Python, [Path.Combine(scripts, "whole.py"), .. command]);
        Row Beside(string work, string peer, string ours, string theirs, double target, Limit? limit = null) =>
            new(work, peer, () => Ours(ours, folder), () => Peer(theirs), target, limit);

        // The mask is read once.
        const string Mask = "5000 x 5000 px mask, 1,500 objects";
        yield return Beside($"Region table of a {Mask}", "scikit-image label + regionprops", "regions", "regions", 25, new(Bytes: Square(5000)));
        yield return Beside($"Region table of a {Mask}", "cv2.connectedComponentsWithStats, mask > 0", "regions", "components", 3, new(Bytes: Square(5000)));
        yield return Beside($"All properties of a {Mask}", "scikit-image label + regionprops, the same properties", "all properties", "all properties", 10,
            new(Bytes: Square(5000)));

        // What is read and written of three channels; nearest touches the pixels it takes only, though in whole cache lines.
        foreach (var (method, target) in ((string, double)[])[("nearest", 1), ("linear", 1), ("area", 1), ("cubic", 2), ("lanczos", 4)])
            yield return Beside($"5000 x 5000 RGB to 2500 x 2500, {method}", "cv2.resize, 2 threads", $"resize {method} 2500", $"resize {method} 2500", target,
                new(Bytes: 3 * (Square(5000) / (method == "nearest" ? 2 : 1) + Square(2500))));
        yield return Beside("5000 x 5000 RGB to 1850 x 1850, area", "cv2.resize, 2 threads", "resize area 1850", "resize area 1850", 3,
            new(Bytes: 3 * (Square(5000) + Square(1850))));

        foreach (var format in (string[])["png", "jpg", "tif"])
        {
            yield return Beside($"Decode 2,000 patches of 224 px, {format}", "cv2.imread, 2 threads", $"decode {format}", $"imread {format}", 1);
            yield return Beside($"Decode 2,000 patches of 224 px, {format}", "PIL, 2 processes", $"decode {format}", $"pil {format}", 1.5);
        }
        yield return new("Clarity gallery and curve for the embedded images, from files to figures", "the same steps in Python, images decoded once",
            () => Ours("clarity", folder), () => Peer("clarity"), 5);
        yield return Beside("1,080 patches of 256 px from a slide of 22,200 x 20,769 px, at 1.6 times their size",
            "openslide-python, as many threads, and OpenCV", "slide", "slide", 2.5);
        yield return Beside("2,000 patches of 256 px from this slide at 4 times their size, which is a level of it", "openslide-python, as many threads",
            "slide coarse", "slide coarse", 1) with
        { AtMost = 1 };
        yield return Beside("1,000,000 predictions of 9 classes, half a patch apart, merged into a map of 4000 x 4000 px",
            "numpy, patch by patch as TIAToolbox merges", "merge", "merge", 50);
        foreach (var (round, clients) in ((string, int)[])[("first", 1), ("first", 8), ("again", 1), ("again", 8)])
            yield return new(
                $"Viewer tiles: a walk of 500 over a slide of 22,200 x 20,769 px, {(round == "again" ? "repeated" : "first")}, by {clients} at once",
                "openslide-python's DeepZoomGenerator behind a threaded WSGI server", () => Ours($"viewer ours {round} {clients}", folder),
                () => Ours($"viewer theirs {round} {clients} {Path.Combine(scripts, "deepzoom.py")}", folder), 3);
        yield return new("Notebooks 01 to 03, whole process", "the same steps as Python notebooks, executed by nbclient",
            () => Whole(Path.Combine(repository, "tests", "Benchmarks", "notebooks.sh"), repository, Path.Combine(folder, "notebooks")),
            () => Whole(Python, Path.Combine(scripts, "choose_notebooks.py"), Path.Combine(repository, "notebooks", "data", "dsb2018-nuclei"),
                Path.Combine(folder, "python"), "--sample", "200"), 3);
        foreach (var network in Networks.Measured)
            yield return new($"{network}, 32 patches of 224 px", "PyTorch, eager", () => Ours(network, folder),
                () => new(Python, Path.Combine(scripts, "networks.py"), network), 1,
                new(MultiplyAdds: Networks.MultiplyAdds(network)));
        foreach (var (network, target) in Networks.Measured.Zip((double[])[2.5, 2.5, 1.8, 1.2]))
            yield return new($"{network} in 8 bits, 32 patches of 224 px", "the same network in float32, here", () => Ours($"int8 {network}", folder),
                () => Ours(network, folder), target);
        foreach (var network in Networks.RunBFloat16 ? Networks.Measured : [])
            yield return new($"{network} in bf16 by libtorch, 32 patches of 224 px", "the same network in float32 by ONNX Runtime, here",
                () => Ours($"bf16 {network}", folder), () => Ours(network, folder), 1);
        yield return new("Predict 2,000 patches of 224 px, PNG, resnet18", "PIL and PyTorch, a DataLoader with one worker",
            () => Ours("predict files 2000", folder),
            () => PyTorch("files", 2000), 1.6, Alone: () => Ours("network alone 2000", folder));
        yield return new("Predict a slide, 3,360 patches of 224 px, resnet18", "openslide-python, OpenCV and PyTorch as TIAToolbox runs them",
            () => Ours($"predict slide {Predicting.AllOfSlide}", folder),
            () => PyTorch("slide", Predicting.AllOfSlide), 1.8,
                Alone: () => Ours($"network alone {Predicting.AllOfSlide}", folder));
        yield return new("Predict a slide in 8 bits, 3,360 patches of 224 px, resnet18", "the same in float32, here",
            () => Ours($"predict slide int8 {Predicting.AllOfSlide}", folder), () => Ours($"predict slide {Predicting.AllOfSlide}", folder), 2.2);
        yield return new("Predict 2,000 patches in 8 bits, PNG, resnet18", "PIL and PyTorch in float32, a DataLoader with one worker",
            () => Ours("predict files int8 2000", folder), () => PyTorch("files", 2000), 3);
        yield return new("Predict the slide in 8 bits, 3,360 patches of 224 px, resnet18",
            "openslide-python, OpenCV and PyTorch in float32 as TIAToolbox runs them", () => Ours($"predict slide int8 {Predicting.AllOfSlide}", folder),
            () => PyTorch("slide", Predicting.AllOfSlide), 3);
    }

    /// <summary>Works that are also measured at other sizes.</summary>
    internal static readonly (string Work, (double Size, string Work)[] Sizes)[] Growing =
    [
        ("Region table", [(0.25, "regions quarter"), (1, "regions"), (4, "regions fourfold")]),
        .. Patchwise.Benchmarks.Growing.Works.Select(one => (one.Name, Patchwise.Benchmarks.Growing.Times
            .Select(times => ((double)times, $"growing {one.Work} {times}")).ToArray())),
    ];

    static double Square(double side) => side * side;
}
