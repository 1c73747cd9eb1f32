namespace Patchwise.Tests;

public class LabelledPatchesTests
{
    static readonly byte[] Png = Raster.FromSamples(2, 2, 3, new byte[12]).ToPng();

    [Fact]
    public void The_embedded_patches_have_their_classes_in_the_order_of_the_networks()
    {
        var patches = LabelledPatches.Open("nct-crc-he");
        Assert.Equal(61, patches.Count);
        Assert.Equal("BACK NORM DEB TUM ADI MUC MUS STR LYM", string.Join(' ', patches.Classes.Select(one => one.Name)));
        Assert.All(patches.Files.Zip(patches.Labels),
            patch => Assert.Equal(patches.Classes[patch.Second].Name, Path.GetFileName(Path.GetDirectoryName(patch.First))));
        Assert.Equal(0.5, patches.Mpp!.Value.X);
        Assert.StartsWith("nct-crc-he: 61 patches at 0.5 mpp, CC-BY-4.0", patches.ToString());
        Assert.Contains("Labelled patches of each class", Shown.Text(patches.Counts()));
        Assert.Contains("9 rows, 18 images", patches.Gallery(each: 2, seed: 1).ToString());
        Assert.Equal(patches.Gallery(2, 1).ToString(), patches.Gallery(2, 1).ToString());
        Assert.NotEqual(patches.Gallery(2, 1).ToString(), patches.Gallery(2, 2).ToString());
    }

    [Fact]
    public void A_folder_of_ones_own_has_a_class_a_folder_by_name_even_where_it_is_empty()
    {
        using var folder = new TemporaryFolder();
        folder.Write("b/2.png", Png);
        folder.Write("b/deep/1.png", Png);
        folder.Write("b/notes.txt", "no image");
        folder.Write("a/3.PNG", Png);
        folder.Write(".hidden/4.png", Png);
        folder.Write("loose.png", Png);
        Directory.CreateDirectory(folder.At("c"));
        var patches = LabelledPatches.Open(folder.Path);
        Assert.Equal(["a", "b", "c"], patches.Classes.Select(one => one.Name));
        Assert.Equal(["a/3.PNG", "b/2.png", "b/deep/1.png"], patches.Files.Select(file => Path.GetRelativePath(folder.Path, file)));
        Assert.Equal([0, 1, 1], patches.Labels);
        Assert.Contains("left out: 1 .txt", patches.ToString());
        Assert.Equal(3, patches.Classes.Select(one => one.Color).Distinct().Count());
        Assert.Contains("none", patches.Gallery().ToString());
        Assert.Contains("expected 1 to 100", Assert.Throws<BadInputException>(() => patches.Gallery(0)).Message);
    }

    [Fact]
    public void Both_parts_of_a_division_hold_every_class_and_no_patch_is_in_both()
    {
        var patches = LabelledPatches.Open("nct-crc-he");
        var (kept, held) = patches.Split(1 / 3.0, seed: 5);
        Assert.Equal(patches.Files.Order(), kept.Files.Concat(held.Files).Order());
        foreach (var (label, _) in patches.Classes.Index())
        {
            var all = patches.Labels.Count(one => one == label);
            Assert.InRange(held.Labels.Count(one => one == label) / (double)all, 0.2, 0.45);
        }
        Assert.All(held.Files.Zip(held.Labels), patch => Assert.Equal(patches.Labels[patches.Files.ToList().IndexOf(patch.First)], patch.Second));
        Assert.Equal(held.Files, patches.Split(1 / 3.0, seed: 5).Held.Files);
        Assert.NotEqual(held.Files, patches.Split(1 / 3.0, seed: 6).Held.Files);
        foreach (var share in (double[])[0, 1, double.NaN])
            Assert.Contains("expected between 0 and 1", Assert.Throws<BadInputException>(() => patches.Split(share)).Message);
    }

    [Fact]
    public void Class_folders_may_lie_in_a_folder_of_their_own()
    {
        using var folder = new TemporaryFolder();
        folder.Write("sample/a/1.png", Png);
        folder.Write("sample/b/1.png", Png);
        Assert.Equal(["a", "b"], LabelledPatches.Open(folder.Path).Classes.Select(one => one.Name));
    }

    [Fact]
    public void Parts_of_a_set_are_taken_together()
    {
        using var folder = new TemporaryFolder();
        foreach (var path in (string[])["train/TUM/1.png", "train/TUM/2.png", "train/NORM/3.png", "val/TUM/4.png", "Test_Set/STR/5.png"])
            folder.Write($"set/{path}", Png);
        folder.Write("set/__MACOSX/train/._1.png", Png);
        folder.Write("set/train/TUM/@eaDir/1.png", Png);
        var set = LabelledPatches.Open(folder.At("set"));
        Assert.Equal(["NORM", "STR", "TUM"], set.Classes.Select(one => one.Name));
        Assert.Equal([0, 1, 2, 2, 2], set.Labels);
        Assert.Equal(["3", "5", "1", "2", "4"], set.Files.Select(Path.GetFileNameWithoutExtension));
        Assert.Equal(["Test_Set", "train", "val"], set.Parts);
        Assert.Contains("Test_Set, train, val taken together", set.ToString(), StringComparison.Ordinal);
        var one = LabelledPatches.Open(folder.At("set/train"));
        Assert.Equal((3, 0), (one.Count, one.Parts.Count));
        // Those of which the classes are kept back lie in no class folder.
        folder.Write("set/testing/6.png", Png);
        set = LabelledPatches.Open(folder.At("set"));
        Assert.Equal((5, "testing, without class folders"), (set.Count, set.LeftOut));
        // Below classes the same names may be patients', or magnifications.
        folder.Write("classes/benign/40X/1.png", Png);
        folder.Write("classes/malignant/40X/2.png", Png);
        var classes = LabelledPatches.Open(folder.At("classes"));
        Assert.Equal(["benign", "malignant"], classes.Classes.Select(one => one.Name));
        Assert.Equal(["40X"], classes.Shared);
        Assert.Contains("while 40X lie in several: if these are the classes, say so (layout: {patient}/{class})", classes.ToString(), StringComparison.Ordinal);
        Assert.Empty(one.Shared);
    }

    [Theory]
    [InlineData("{patient}/{class}", "p1/0/a.png|p1/1/b.png|p2/0/deep/c.png|p2/loose.png",
        "p1/0/a.png:0:p1|p2/0/deep/c.png:0:p2|p1/1/b.png:1:p1", "p2/loose.png"),
     InlineData("{class}/{patient}_*", "TUM/P7_1.png|TUM/P7_2_x.png|STR/P10_1.png|STR/P7_9.png|STR/odd.png",
         "STR/P10_1.png:STR:P10|STR/P7_9.png:STR:P7|TUM/P7_1.png:TUM:P7|TUM/P7_2_x.png:TUM:P7", "STR/odd.png"),
     InlineData("*/{class}/{patient}", "train/A/1/x.png|val/B/1/y.png", "train/A/1/x.png:A:1|val/B/1/y.png:B:1", null),
     InlineData("/{class}_{patient}/*.png", "A_1/x.png|B_2/y.png|B_2/z/w.png", "A_1/x.png:A:1|B_2/y.png:B:2", "B_2/z/w.png"),
     InlineData("{class}/*_{patient}_*", "A/slide_S00_x10_y0.png|B/slide_S01_x0_y0_z.png", "A/slide_S00_x10_y0.png:A:S00|B/slide_S01_x0_y0_z.png:B:S01", null),
     InlineData("{patient}_{class}", "P1_0.png|P2.5_1.png|P3_x.y/z.png", "P1_0.png:0:P1|P2.5_1.png:1:P2.5|P3_x.y/z.png:x.y:P3", null),
     InlineData("images (x10)/{class}", "images (x10)/A/x.png|images (x10)/B/y.png", "images (x10)/A/x.png:A|images (x10)/B/y.png:B", null)]
    public void A_layout_says_where_class_and_patient_are_named(string layout, string files, string expected, string? other)
    {
        using var folder = new TemporaryFolder();
        foreach (var file in files.Split('|'))
            folder.Write($"set/{file}", Png);
        var patches = LabelledPatches.Open(folder.At("set"), layout: layout);
        Assert.Equal(expected.Split('|'), patches.Files.Select((file, i) => string.Join(':', ((string?[])[Path.GetRelativePath(folder.At("set"), file),
            patches.Classes[patches.Labels[i]].Name, patches.Patients?[i]]).OfType<string>())));
        Assert.Equal(other is null ? "" : $"1 image in other places, such as {other}", patches.LeftOut);
        Assert.Equal(layout.Contains("patient"), System.Text.RegularExpressions.Regex.IsMatch(patches.ToString(),
            $"; {patches.Patients?.Distinct().Count()} patients?, such as {patches.Patients?[0]}"));
    }

    [Fact]
    public void A_layout_that_names_nothing_or_is_not_met_is_refused()
    {
        using var folder = new TemporaryFolder();
        folder.Write("a/1.png", Png);
        foreach (var (layout, said) in ((string, string)[])[("", "not one class"), ("{patient}", "not one class"), ("{class}/{class}", "not one class"),
            ("{class}/{slide}", "holds {slide}"), ("{class}/{patient", "holds {"), ("{patient}/{class}", "none of the 1 images in"),
            ("{class}/x*", "lies as the layout {class}/x* says, such as a/1.png")])
            Assert.Contains(said, Assert.Throws<BadInputException>(() => LabelledPatches.Open(folder.Path, layout: layout)).Message, StringComparison.Ordinal);
        folder.Write("P1/b/1.png", Png);
        folder.Write("p1/b/2.png", Png);
        Assert.Contains("the patients 'P1' and 'p1' differ only in capitals",
            Assert.Throws<BadInputException>(() => LabelledPatches.Open(folder.Path, layout: "{patient}/{class}")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Patients_are_in_one_part_of_a_division_only_and_a_sample_is_of_all()
    {
        using var folder = new TemporaryFolder();
        for (var patient = 0; patient < 12; patient++)
            for (var i = 0; i <= patient; i++)
                folder.Write($"class{(patient + i) % 3}/p{patient}_{i}.png", Png);
        var patches = LabelledPatches.Open(folder.Path, layout: "{class}/{patient}_*");
        Assert.Equal(78, patches.Count);
        for (var seed = 0; seed < 5; seed++)
        {
            var (kept, held) = patches.Split(1 / 3.0, seed);
            Assert.Equal(patches.Files.Order(), kept.Files.Concat(held.Files).Order());
            Assert.Empty(kept.Patients!.Intersect(held.Patients!));
            foreach (var label in Enumerable.Range(0, 3))
                Assert.InRange(held.Labels.Count(one => one == label) / (double)patches.Labels.Count(one => one == label), 0.2, 0.45);
        }
        var sample = patches.Sample(30, seed: 4);
        Assert.Equal([10, 10, 10], sample.Labels.CountBy(label => label).OrderBy(one => one.Key).Select(one => one.Value));
        Assert.Equal(sample.Files, patches.Sample(30, seed: 4).Files);
        Assert.NotEqual(sample.Files, patches.Sample(30, seed: 5).Files);
        // Of each class nine to eleven patients have patches: of each one, before any gives a second.
        Assert.All(sample.Labels.Zip(sample.Patients!).CountBy(one => one), one => Assert.InRange(one.Value, 1, 2));
        Assert.Same(patches, patches.Sample(null));
        Assert.Same(patches, patches.Sample(78));
        Assert.Contains("expected 6 or more", Assert.Throws<BadInputException>(() => patches.Sample(5)).Message, StringComparison.Ordinal);
        using var uneven = new TemporaryFolder();
        for (var i = 0; i < 20; i++)
            foreach (var name in (string[])["a", "b"])
                uneven.Write($"{name}/p{((i == 0) == (name == "a") ? 1 : 2)}_{i}.png", Png);
        Assert.Equal(["p1", "p2"], LabelledPatches.Open(uneven.Path, layout: "{class}/{patient}_*").Split() is var (one, other)
            ? one.Patients!.Distinct().Concat(other.Patients!.Distinct()).Order() : []);
        using var few = new TemporaryFolder();
        foreach (var file in (string[])["a/p1_1.png", "a/p1_2.png", "b/p1_3.png", "b/p2_1.png"])
            few.Write(file, Png);
        Assert.Contains("the 2 patients of", Assert.Throws<BadInputException>(() =>
            LabelledPatches.Open(few.Path, layout: "{class}/{patient}_*").Split()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Labels_follow_the_order_of_a_models_classes()
    {
        using var folder = new TemporaryFolder();
        folder.Write("a/1.png", Png);
        folder.Write("b/1.png", Png);
        var patches = LabelledPatches.Open(folder.Path);
        ClassInfo[] classes = [new("x", "x", "#000000"), new("b", "b", "#000000"), new("a", "a", "#000000")];
        Assert.Equal([2, 1], patches.As(classes).Labels);
        Assert.Contains("the class b of", Assert.Throws<BadInputException>(() => patches.As([classes[2]])).Message);
    }

    [Fact]
    public void Classes_are_matched_as_written_in_one_form_of_Unicode()
    {
        using var folder = new TemporaryFolder();
        folder.Write("CD8+/1.png", Png);
        folder.Write("CD8-/2.png", Png);
        folder.Write("e\u0301tendue/3.png", Png);
        ClassInfo[] classes = [.. ((string[])["\u00e9tendue", "CD8-", "CD8+", "cd8+"]).Select(name => new ClassInfo(name, name, "#000000"))];
        Assert.Equal([2, 1, 0], LabelledPatches.Open(folder.Path).As(classes).Labels);
        Assert.Contains("none of the model's", Assert.Throws<BadInputException>(() => LabelledPatches.Open(folder.Path).As(classes[..2])).Message);
        folder.Write("\u00e9tendue/4.png", Png);
        Assert.Contains("how Unicode writes a letter", Assert.Throws<BadInputException>(() => LabelledPatches.Open(folder.Path)).Message);
    }

    [Fact]
    public void Folders_that_differ_in_capitals_only_are_no_two_classes()
    {
        using var folder = new TemporaryFolder();
        foreach (var name in (string[])["Tumor", "tumor", "stroma"])
            folder.Write($"{name}/1.png", Png);
        Assert.Contains("the folders 'Tumor' and 'tumor' differ only in capitals or blanks",
            Assert.Throws<BadInputException>(() => LabelledPatches.Open(folder.Path)).Message);
    }

    [Fact]
    public void What_is_not_there_is_said()
    {
        using var folder = new TemporaryFolder();
        Assert.Contains("it is empty", Assert.Throws<BadInputException>(() => LabelledPatches.Open(folder.Path)).Message);
        folder.Write("loose.png", Png);
        Assert.Contains("it has no folders; found 1 .png", Assert.Throws<BadInputException>(() => LabelledPatches.Open(folder.Path)).Message);
        Directory.CreateDirectory(folder.At("a"));
        Directory.CreateDirectory(folder.At("b"));
        Assert.Contains("the folders a, b hold none", Assert.Throws<BadInputException>(() => LabelledPatches.Open(folder.Path)).Message);
        Assert.Contains("is a file", Assert.Throws<BadInputException>(() => LabelledPatches.Open(folder.At("loose.png"))).Message);
        Assert.Contains("or nct-crc-he", Assert.Throws<BadInputException>(() => LabelledPatches.Open("nct-crc")).Message);
        Assert.Contains("expected labelled patches", Assert.Throws<BadInputException>(() => LabelledPatches.Open("dsb2018-nuclei")).Message);
        Assert.Contains("was given", Assert.Throws<BadInputException>(() => LabelledPatches.Open(" ")).Message);
    }
}
