using System.Globalization;

namespace Patchwise.Tests;

public sealed class SignalTestTests : IDisposable
{
    readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    static SignalOptions Small => new() { Fields = [16, 24], Inputs = [16, 32], Reference = 64, Objects = 144, Factors = [1, 0.5, 0.25] };

    static SignalTest Test(SignalObjects objects, SignalOptions? options = null) => SignalTest.Of(objects, new FilterBank(), options ?? Small, default);

    static string Refused(SignalObjects objects, SignalOptions? options = null) => Assert.Throws<BadInputException>(() => Test(objects, options)).Message;

    [Fact]
    public void Texture_of_a_known_period_needs_the_magnification_that_shows_it()
    {
        // A quarter of the magnification averages each period away.
        var test = Test(SignalSet.Stripes(12, 4, degrees: 45));
        Assert.Equal(SignalAnswer.Cheaper, test.Answer);
        Assert.Equal(0.5, test.Suggested!.Setting.Factor);
        Assert.All(test.Rows, row =>
            Assert.True(row.Setting.Factor == 0.25 ? row.Accuracy.Value < 0.7 && !row.Safe : row.Accuracy.Value > 0.9, row.ToString()));
        Assert.Contains("20x, ", test.Sentence);
        Assert.True(test.Suggested.MultiplyAdds < test.Reference.MultiplyAdds);
        // Coarser stripes are there at a quarter, too.
        Assert.Equal(0.25, Test(SignalSet.Stripes(12, 16)).Suggested!.Setting.Factor);
    }

    [Fact]
    public void A_signal_in_the_context_needs_the_large_field()
    {
        var objects = SignalSet.Of(12, 48, (label, _) => (x, y) => Math.Max(Math.Abs(x), Math.Abs(y)) is > 14 and < 20 && label == 0 ? 200 : 110);
        var test = Test(objects, Small with { Fields = [16, 24, 48] });
        Assert.Equal(48, test.Suggested!.Setting.Field);
        Assert.All(test.Rows.Where(row => row.Setting.Field < 30), row => Assert.True(row.Accuracy.Value < 0.7 && !row.Safe));
    }

    [Fact]
    public void Without_a_signal_that_is_said()
    {
        var test = Test(SignalSet.Of(12, 32, (_, _) => (_, _) => 128));
        Assert.Equal((SignalAnswer.NoSignal, null), (test.Answer, test.Suggested));
        Assert.StartsWith("No signal: on 144 objects of 2 classes", test.Sentence);
        Assert.Empty(test.Lost);
    }

    [Fact]
    public void What_only_the_costly_setting_shows_leaves_nothing_cheaper()
    {
        // Stripes of two px are grey at the input's 32 px and at any lower magnification.
        SignalOptions options = new() { Fields = [64], Inputs = [32], Reference = 64, Objects = 144, Factors = [1, 0.25] };
        var test = Test(SignalSet.Stripes(12, 2, cell: 64, degrees: 90), options);
        Assert.Equal(SignalAnswer.NothingCheaper, test.Answer);
        Assert.Null(test.Suggested);
        Assert.StartsWith("Nothing cheaper is safe: ", test.Sentence);
    }

    [Fact]
    public void Too_few_objects_are_told_with_how_many_are_needed()
    {
        var objects = SignalSet.Stripes(5, 8);
        var (random, sample, bank) = (new Random(1), SignalSample.Of(objects, Small), new FilterBank());
        var settings = sample.Settings(Small, bank);
        SignalGiven[] given = [.. settings.Select(_ =>
        {
            bool[] right = [.. sample.Labels.Select(_ => random.NextDouble() < 0.75)];
            byte[] classes = [.. sample.Labels.Select((label, i) => (byte)(right[i] ? label : 1 - label))];
            return new SignalGiven([classes], Array.ConvertAll(right, one => one ? 0f : 1));
        })];
        var test = new SignalTest(objects, sample, settings, given, bank, Small, default);
        Assert.Equal(SignalAnswer.TooFewObjects, test.Answer);
        Assert.Matches(@"^Too few objects: .* on 60 objects of 2 classes; about [23]\d0 are needed\.$", test.Sentence);
    }

    [Fact]
    public void What_seems_to_lose_little_is_safe_only_with_half_its_error()
    {
        var objects = SignalSet.Stripes(20, 8);
        var (sample, bank) = (SignalSample.Of(objects, Small), new FilterBank());
        var settings = sample.Settings(Small, bank);
        var kept = 0;
        for (var seed = 0; seed < 10; seed++)
        {
            var random = new Random(seed);
            byte Told(int label) => (byte)(random.NextDouble() < 0.9 ? label : 1 - label);
            SignalGiven[] given = [.. settings.Select(_ => new SignalGiven([[.. sample.Labels.Select(Told)]], new float[sample.Labels.Length]))];
            var rows = new SignalTest(objects, sample, settings, given, bank, Small with { Tolerance = 2 }, default).Rows;
            Assert.All(rows.Where(row => row.Safe && row.ShrunkLoss > 0), row => Assert.True(row.ShrunkLoss + row.Error / 2 <= 2, row.ToString()));
            kept += rows.Count(row => !row.Safe && row.ShrunkLoss < 1);
        }
        Assert.True(kept > 0);
    }

    /// <summary>Such a field costs the network no less: what luck adds to it is no reason.</summary>
    [Fact]
    public void A_field_that_cuts_the_objects_is_taken_only_where_it_is_better_for_sure()
    {
        var objects = SignalSet.Stripes(20, 8);
        var options = Small with { Fields = [12, 24], Inputs = [32], Factors = [1] };
        var (sample, bank) = (SignalSample.Of(objects, options), new FilterBank());
        SignalSetting[] settings = [.. sample.Settings(options, bank), new(1, 24, 64)];
        var (told, held) = (0, 0);
        SignalTest Given(int seed, Func<int, double> right)
        {
            var random = new Random(seed);
            return new(objects, sample, settings, [.. settings.Select(setting => new SignalGiven([[.. sample.Labels.Select(label =>
                (byte)(random.NextDouble() < right(setting.Field) ? label : 1 - label))]], new float[sample.Labels.Length]))], bank, options, default);
        }
        for (var seed = 0; seed < 20; seed++)
        {
            var test = Given(seed, _ => 0.9);
            var (small, large) = (test.Rows.Single(row => row.Setting.Field == 12),
                test.Rows.Where(row => row.Setting.Field == 24).MinBy(row => row.ShrunkLoss)!);
            Assert.Equal(small.ShrunkLoss == 0 && test.Best == small, test.Best.Setting.Field == 12);
            Assert.True(test.Best == small ? large.ShrunkLoss >= large.Error : !small.Safe, test.ToString());
            held += small.ShrunkLoss < 0 ? 1 : 0;
            told += test.Notes.Count(note => note.Contains("cuts objects, of which most need 16 px", StringComparison.Ordinal));
        }
        Assert.True(held > 0 && told == held);
        Assert.Equal(12, Given(1, field => field == 12 ? 0.98 : 0.7).Best.Setting.Field);
    }

    [Fact]
    public void What_was_not_asked_for_decides_on_no_magnification_and_no_field()
    {
        var (high, low) = (SignalSet.Stripes(12, 8), SignalSet.Stripes(1, 8));
        var other = new SignalObjects("low", low.Images.Values.Select(image => image with { Name = "low", Magnification = new(10) }),
            [low[0] with { Image = "low", Group = "low", Class = "other", Side = 500 }]);
        var both = SignalObjects.Concat([high, other]);
        Assert.Equal(10, both.Magnification!.Value.Power);
        var asked = Test(both, Small with { Classes = ["class0", "class1"] });
        Assert.Equal(40, asked.Magnification!.Value.Power);
        Assert.Equal(Test(high).Rows, asked.Rows);
        Assert.Contains("40x, ", asked.Sentence, StringComparison.Ordinal);
        // Nor does what has no class.
        var unlabelled = SignalObjects.Concat([high, new("low", other.Images.Values, [other[0] with { Class = "" }])]);
        Assert.Equal(40, Test(unlabelled).Magnification!.Value.Power);
        // The fields that are tried follow the objects that are asked for.
        Assert.Equal(16, Test(both, Small with { Classes = ["class0", "class1"], Fields = null }).Rows.Min(row => row.Setting.Field));
    }

    [Fact]
    public void The_result_is_the_same_for_any_number_of_threads_and_for_objects_in_any_order()
    {
        var objects = SignalSet.Of(8, 32, (label, random) => { var bright = 110 + 30 * random.NextDouble() + 20 * label; return (_, _) => bright; });
        var one = Test(objects, Small with { Threads = 1 });
        foreach (var threads in (int[])[2, 5])
        {
            var other = Test(objects, Small with { Threads = threads });
            Assert.Equal(one.Rows, other.Rows);
            Assert.Equal(one.ToString(), other.ToString());
        }
        Assert.Equal(one.Rows, Test(objects).Rows);
        Assert.NotEqual(one.Rows, Test(objects, Small with { Seed = 8 }).Rows);
    }

    [Fact]
    public void The_same_objects_are_taken_at_every_setting_as_many_of_each_class()
    {
        // Three in four cells are of the first class.
        var all = SignalSet.Of(20, 32, (label, _) => (_, _) => 100 + 30 * Math.Min(label, 1), classes: 4);
        var objects = new SignalObjects("two", all.Images.Values, all.Select(one => one with { Class = one.Class == "class0" ? "rare" : "common" }));
        var test = Test(objects, Small with { Objects = 100 });
        Assert.Equal(["common", "rare"], test.Classes);
        Assert.Equal([50, 50], test.Objects.CountBy(one => one.Class).OrderBy(one => one.Key).Select(one => one.Value));
        Assert.Equal(test.Objects.Count, test.Right(test.Best).Count);
        var most = Test(objects, Small with { Objects = 200 });
        Assert.Equal([140, 60], most.Objects.CountBy(one => one.Class).OrderBy(one => one.Key).Select(one => one.Value));
        // Twelve of a class from one image at most.
        var crowd = new SignalObjects("crowd", all.Images.Values, objects.SelectMany(one => Enumerable.Range(0, 3).Select(i => one with { X = one.X + i })));
        var taken = Test(crowd, Small with { Objects = 600, Fields = [16] }).Objects;
        Assert.All(taken.CountBy(one => (one.Class, one.Image)), one => Assert.True(one.Value <= 12));
    }

    [Fact]
    public void An_image_under_two_names_is_in_one_group_however_it_is_turned()
    {
        var objects = SignalSet.Of(8, 32, (label, random) => { var bright = 110 + 30 * random.NextDouble() + 20 * label; return (_, _) => bright; });
        SignalObjects With(Func<SignalImage, int?> orientationOf, Func<SignalObject, string>? groupOf = null)
        {
            var (images, copies) = (objects.Images.Values.ToList(), objects.ToList());
            foreach (var image in objects.Images.Values)
            {
                if (orientationOf(image) is not { } orientation)
                    continue;
                using var slide = image.Open();
                var (w, h) = (slide.Size.Width, slide.Size.Height);
                var turned = Orientation.Apply(slide.Read(Box.Of(slide.Size), slide.At(Resolution.Level(0))), orientation);
                var name = $"copy of {image.Name}";
                images.Add(image with { Name = name, Size = turned.Size, Open = () => Slide.Of(turned, name) });
                copies.AddRange(objects.Where(one => one.Image == image.Name).Select(one => one with
                {
                    Image = name,
                    Group = name,
                    X = orientation switch { 2 or 3 => w - 1 - one.X, 8 => one.Y, _ => one.X },
                    Y = orientation switch { 3 => h - 1 - one.Y, 8 => w - 1 - one.X, _ => one.Y },
                }));
            }
            return new("copied", images, copies.Select(one => groupOf is null ? one : one with { Group = groupOf(one) }));
        }
        var whole = Test(With(_ => null));
        Assert.DoesNotContain(whole.Notes, note => note.Contains("same pixels", StringComparison.Ordinal));
        foreach (var orientation in (int[])[1, 2, 3, 8])
        {
            var test = Test(With(image => image.Name is "image2" or "image5" ? orientation : null));
            Assert.Equal((96 + 24, 8), (test.Objects.Count, test.Groups.Distinct().Count()));
            Assert.Contains(test.Notes, note => note.StartsWith("2 of 10 groups hold the same pixels as others", StringComparison.Ordinal));
            foreach (var images in test.Objects.Zip(test.Groups).GroupBy(one => one.First.Image.Split(' ')[^1]))
                Assert.Single(images.Select(one => one.Second).Distinct());
        }
        // Whatever others call the groups, and where other objects of the copy were taken.
        var stated = With(image => image.Name == "image3" ? 3 : null, one => $"patient {one.Image}");
        Assert.Equal(8, Test(stated).Groups.Distinct().Count());
        Assert.Contains("patient image3 and patient copy of image3 (image3 and copy of image3)", Test(stated).ToString());
        var divided = With(image => image.Name == "image3" ? 3 : null)
            .Where(one => one.Image switch { "image3" => one.Class == "class0", "copy of image3" => one.Class == "class1", _ => true });
        Assert.Equal(8, Test(divided).Groups.Distinct().Count());
        // What is left must suffice.
        var few = With(image => image.Name is "image0" or "image1" ? 1 : null);
        Assert.Contains("so the class class0 lies in 2 groups, expected 3 or more",
            Refused(few.Where(one => one.Class == "class1" || one.Image is "image0" or "image1" or "copy of image0" or "copy of image1")));
    }

    [Fact]
    public void Classes_that_are_not_asked_for_are_left_out()
    {
        var all = SignalSet.Of(20, 32, (label, _) => (_, _) => 60 + 30 * label, classes: 3);
        var three = Test(all, Small with { Objects = 90 });
        var two = Test(all, Small with { Objects = 90, Classes = ["class2", "class0"] });
        Assert.Equal(3, three.Classes.Count);
        Assert.Equal(["class0", "class2"], two.Classes);
        Assert.Contains(two.Notes, note => note.StartsWith("80 objects of 1 other class were left out", StringComparison.Ordinal));
        var without = new SignalObjects("two", all.Images.Values, all.Where(one => one.Class != "class1"));
        Assert.Equal(Test(without, Small with { Objects = 90 }).Rows, two.Rows);
        Assert.Contains("no object of made up is of the class 'Class1': expected some of 'class0', 'class1', 'class2' (Classes, --classes)",
            Refused(all, Small with { Classes = ["class0", "Class1"] }), StringComparison.Ordinal);
        Assert.Contains("has 1 class, class0", Refused(all, Small with { Classes = ["class0"] }), StringComparison.Ordinal);
    }

    [Fact]
    public void A_place_that_cannot_keep_what_is_computed_is_refused_before_the_work()
    {
        using var folder = new TemporaryFolder();
        var file = folder.Write("file", "");
        var features = new FilterBank();
        foreach (var place in (string[])[file, Path.Combine(file, "cache")])
            Assert.Contains($"{file} is a file, where a folder is needed", Assert.Throws<BadInputException>(() =>
                SignalTest.Of(SignalSet.Stripes(12, 8), features, Small with { CacheFolder = place }, default)).Message, StringComparison.Ordinal);
        Assert.Equal(0, features.Patches);
    }

    [Fact]
    public void Classes_and_patients_that_differ_in_capitals_only_are_refused()
    {
        var objects = SignalSet.Stripes(12, 8);
        SignalObjects With(Func<SignalObject, SignalObject> change) => new("made up", objects.Images.Values, objects.Select(change));
        Assert.Contains("the classes 'Class1' and 'class1' differ only in capitals or blanks",
            Refused(With(one => one is { Image: "image1", Class: "class1" } ? one with { Class = "Class1" } : one)));
        Assert.Contains("the groups 'P 1' and 'p  1' differ",
            Refused(With(one => one with { Group = one.Image switch { "image1" => "P 1", "image2" => "p  1", var other => other } })));
        // Files may be called so.
        Test(new("made up", objects.Images.Values.Select(image => image with { Name = image.Name == "image1" ? "IMAGE0" : image.Name }),
            objects.Select(one => one.Image == "image1" ? one with { Image = "IMAGE0", Group = "IMAGE0" } : one)));
    }

    [Fact]
    public void What_cannot_be_tested_is_refused_with_what_to_do()
    {
        var objects = SignalSet.Stripes(12, 8);
        SignalObjects With(Func<SignalObject, SignalObject> change) => new("made up", objects.Images.Values, objects.Select(change));
        Assert.Contains("none of the 144 objects of made up has a class", Refused(With(one => one with { Class = " " })));
        Assert.Contains("has 1 class, same", Refused(With(one => one with { Class = "same" })));
        Assert.Contains("1 group (patients", Refused(With(one => one with { Group = "me" })));
        Assert.Contains("4 groups", Refused(With(one => one with { Group = one.Image is "image0" or "image1" or "image2" ? one.Image : "other" })));
        Assert.Contains("the class odd has 12 that can be tested", Refused(With(one => one.Image == "image3" ? one with { Class = "odd" } : one)));
        var twice = new SignalObjects("twice", objects.Images.Values, objects.SelectMany(one => new[] { one, one with { X = one.X + 1 } })
            .Select(one => one.Image is "image3" or "image4" ? one with { Class = "odd" } : one));
        Assert.Contains("in 2 groups: expected 15 or more, in 3 groups", Refused(twice));
        Assert.Contains("the class class0 has 0 that can be tested", Refused(objects, Small with { Fields = [200] }));
        Assert.Contains("so that a field of 300 px has no room: state smaller Fields", Refused(With(one => one with { Side = 300 }), new()));
        Assert.Contains("Objects: 3001 take long: expected at most 3000 (--sample), or Large = true", Refused(objects, Small with { Objects = 3001 }));
        var many = Small with { Factors = [1], Fields = [16, 20, 24, 28], Inputs = [.. Enumerable.Range(17, 16)] };
        Assert.Contains("65 settings", Refused(objects, many));
        Assert.Equal(65, Test(objects, many with { Large = true }).Rows.Count);
        Assert.Contains("Factors: 2 of", Refused(objects, Small with { Factors = [2] }));
        Assert.Contains("Tolerance: 0 points", Refused(objects, Small with { Tolerance = 0 }));
        Assert.Contains("which is 128 x 96 px: expected a side above 0 and a centre on the image",
            Assert.Throws<BadInputException>(() => With(one => one with { X = 1e6 })).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_was_left_out_or_assumed_is_said()
    {
        var objects = SignalSet.Stripes(18, 8);
        var half = new SignalObjects("half", objects.Images.Values, objects.Select(one => one.Image == "image0" ? one with { Class = "" } : one));
        var test = Test(half, Small with { Fields = [40] });
        Assert.Contains("12 of 216 objects have no class and were left out", test.Notes);
        Assert.Contains(test.Notes, note => note == "170 of 204 objects were left out, whose field of 40 px crosses the border");
        Assert.Contains("only centres are known: the side of the objects was stated, not measured", test.Notes);
        Assert.Contains(test.Notes, note => note.StartsWith("each image is a group", StringComparison.Ordinal));
        Assert.Contains(test.Notes, note => note.StartsWith("frozen features understate", StringComparison.Ordinal));
        Assert.DoesNotContain(test.Notes, note => note.StartsWith("classes go with groups", StringComparison.Ordinal));

        // Of each image nearly all objects are of one class.
        var told = new SignalObjects("told", objects.Images.Values,
            objects.Select((one, i) => one with { Class = (i / 12 + (i % 12 == 0 ? 1 : 0)) % 2 == 0 ? "a" : "b" }));
        Assert.Contains(Test(told, Small with { Objects = 216 }).Notes,
            note => note.StartsWith("classes go with groups: the group alone tells 92 %", StringComparison.Ordinal));
        // Fields of their own: 16, 24 and 32 px; four times the side has no room.
        Assert.Contains("fields of 64 px were not tried: most objects lie too near the border", Test(objects, Small with { Fields = null }).Notes);
    }

    [Fact]
    public void What_is_kept_makes_another_tolerance_free_and_damage_is_told()
    {
        var objects = SignalSet.Stripes(10, 8);
        var options = Small with { CacheFolder = _folder.At("kept") };
        var (first, second) = (new FilterBank(), new FilterBank());
        var before = SignalTest.Of(objects, first, options, default);
        Assert.Equal(before.Rows.Count * before.Objects.Count, first.Patches);
        var files = Directory.GetFiles(_folder.At("kept"));
        Assert.Equal(before.Rows.Count, files.Length);
        var after = SignalTest.Of(objects, second, options with { Tolerance = 3 }, default);
        Assert.Equal(0, second.Patches);
        Assert.Equal(before.Rows.Select(row => row with { Safe = true }), after.Rows.Select(row => row with { Safe = true }));

        File.WriteAllBytes(files[0], [.. File.ReadAllBytes(files[0]).Select((value, i) => i == 3 ? (byte)(1 - value) : value)]);
        File.WriteAllBytes(files[1], File.ReadAllBytes(files[1])[..5]);
        var third = new FilterBank();
        var again = SignalTest.Of(objects, third, options, default);
        Assert.Equal(2 * before.Objects.Count, third.Patches);
        Assert.Equal(before.Rows, again.Rows);
        Assert.Equal(2, again.Notes.Count(note => note.EndsWith("is damaged or cannot be read: computed anew", StringComparison.Ordinal)));
        Assert.Equal(before.ToString(), SignalTest.Of(objects, new FilterBank(), options, default).ToString());

        // Another network, other pixels, another seed: nothing of it is used.
        foreach (var (other, changed) in new[] { (objects, options with { Seed = 9 }), (SignalSet.Stripes(10, 8.1), options) })
        {
            var bank = new FilterBank();
            SignalTest.Of(other, bank, changed, default);
            Assert.True(bank.Patches > 0);
        }
        var another = new FilterBank { Digest = "filters 2" };
        SignalTest.Of(objects, another, options, default);
        Assert.Equal(first.Patches, another.Patches);
    }

    [Fact]
    public void It_stops_when_told_and_says_how_far_it_is()
    {
        var objects = SignalSet.Stripes(10, 8);
        var told = new List<PredictionProgress>();
        Test(objects, Small with { Progress = told.Add });
        Assert.Equal((told[^1].Total, "made up"), (told[^1].Done, told[^1].Source));
        using var stop = new CancellationTokenSource();
        var bank = new FilterBank
        {
            Called = patches =>
            {
                if (patches > 200)
                    stop.Cancel();
            },
        };
        Assert.ThrowsAny<OperationCanceledException>(() => SignalTest.Of(objects, bank, Small, stop.Token));
    }

    [Fact]
    public void The_table_the_file_and_the_pictures_tell_the_same()
    {
        var objects = SignalSet.Stripes(12, 4);
        var test = Test(objects);
        test.SaveCsv(_folder.At("new/signal.csv"));
        var lines = File.ReadAllLines(_folder.At("new/signal.csv"));
        var names = lines[0].Split(',');
        Assert.Equal(test.Rows.Count + 1, lines.Length);
        foreach (var (row, line) in test.Rows.Zip(lines.Skip(1)))
        {
            string Cell(string name) => line.Split(',')[Array.IndexOf(names, name)];
            Assert.Equal((40 * row.Setting.Factor).ToString(CultureInfo.InvariantCulture), Cell("magnification"));
            Assert.Equal(row.Accuracy.Value, double.Parse(Cell("accuracy"), CultureInfo.InvariantCulture), 1e-4);
            Assert.Equal(row.Pixels.ToString(CultureInfo.InvariantCulture), Cell("pixels"));
            Assert.Equal(row == test.Suggested, Cell("role").Contains("suggested", StringComparison.Ordinal));
        }
        Assert.Contains(test.ToTable().Rows, row => row[^1].Contains("suggested", StringComparison.Ordinal));
        // All are told right in every resample: an interval of no width is none.
        Assert.False(test.Best.Accuracy.HasInterval);
        Assert.DoesNotContain("NaN", test.ToTable().ToString(), StringComparison.Ordinal);
        Assert.Contains(test.ToTable().Rows, row => row[2] == "none");
        Assert.Equal(0, test.Loss(test.Best, test.Best).Value);
        Assert.Equal(test.Lost.Count + test.Right(test.Suggested!).Count(share => share > 0.5),
            test.Gained.Count + test.Right(test.Best).Count(share => share > 0.5));

        var setting = new SignalSetting(0.5, 24, 32);
        var seen = test.Patches(setting, [.. test.Objects.Take(3)], default);
        Assert.All(seen, patch => Assert.Equal((32, 3), (patch.Width, patch.Channels)));
        var one = test.Objects[0];
        using var slide = objects.Images[one.Image].Open();
        var (x, y) = ((int)(one.X + 0.5) - 12, (int)(one.Y + 0.5) - 12);
        var field = slide.Read(new Box(x, y, x + 24, y + 24), Resolution.Level(0));
        Assert.Equal(field.Resize(new(12, 12), ResizeMethod.Area).Resize(new(32, 32), ResizeMethod.Cubic).AsBytes().ToArray(), seen[0].AsBytes().ToArray());
    }

    [Fact]
    public void Images_of_several_magnifications_are_taken_to_the_lowest()
    {
        var (low, high) = (SignalSet.Stripes(6, 8), SignalSet.Of(6, 64, (label, random) =>
        {
            var phase = 2 * Math.PI * random.NextDouble();
            return (x, y) => 128 + 80 * Math.Sin(2 * Math.PI * (label == 0 ? x : y) / 16 + phase);
        }, magnification: 80));
        var more = new SignalObjects("high", high.Images.Values.Select(image => image with { Name = $"high {image.Name}" }),
            high.Select(one => one with { Image = $"high {one.Image}", Group = $"high {one.Image}", Side = 32 }));
        var both = SignalObjects.Concat([low, more]);
        Assert.Equal((new Magnification(40), 16), (both.Magnification, both.Side));
        Assert.Equal(144, both.Count);
        var test = Test(both);
        Assert.All(both.Read([both[0], both[80]], 24, 1, default), crop => Assert.Equal(24, crop.Width));
        Assert.True(test.Best.Accuracy.Value > 0.95);
        Assert.Contains(test.Notes, note => note.StartsWith("6 of 12 images have more than 40x (up to 80x) and were brought down", StringComparison.Ordinal));
        Assert.Contains("expected all or none", Assert.Throws<BadInputException>(() => new SignalObjects("some", both.Images.Values
            .Select(image => image.Name == "image1" ? image with { Magnification = null } : image), both)).Message);
        Assert.Contains("two images are named image0", Assert.Throws<BadInputException>(() => SignalObjects.Concat([low, high])).Message);
    }

    [Fact]
    public void Objects_come_from_masks_outlines_and_folders_of_patches()
    {
        using var set = new SyntheticSet().Add("one", 90, 60, 40, (new Box(10, 20, 20, 26), 3), (new Box(50, 30, 58, 38), 5));
        var images = set.Open();
        var regions = RegionTable.Measure(images);
        var masks = SignalObjects.Of(images, regions);
        SignalObject[] boxes = [new("one", 14.5, 22.5, 10, "3", "one"), new("one", 53.5, 33.5, 8, "5", "one")];
        Assert.Equal(boxes, masks);
        Assert.Equal(["lymphocyte/p1", "other/p1"], SignalObjects.Of(images, regions, row => row.Value == 3 ? "lymphocyte" : "other", _ => "p1")
            .Select(one => $"{one.Class}/{one.Group}"));
        Assert.Equal(new Box(5, 13, 25, 33), masks[0].Around(20));
        Assert.Single(masks.Where(one => one.Class == "5"));

        using var slide = Slide.Of(SyntheticSet.Noise(1, 90, 60), "a/slide.png", magnification: 20);
        var annotations = AnnotationSet.Load(_folder.Write("a.geojson", """
            {"type":"FeatureCollection","features":[{"type":"Feature","geometry":{"type":"Polygon","coordinates":[[[10,20],[20,20],[20,26],[10,26],[10,20]]]},
            "properties":{"classification":{"name":"Tumor"}}}]}
            """));
        Assert.Equal(new("slide", 14.5, 22.5, 10, "Tumor", "slide"), Assert.Single(SignalObjects.Of(slide, annotations)));
        Assert.Equal(new("slide", 14.5, 22.5, 10, "Tumor", "slide"), Assert.Single(SignalObjects.Of(slide, RegionTable.Of(annotations, slide))));

        // Slides that state microns only compare by these.
        using var coarse = Slide.Of(SyntheticSet.Noise(2, 90, 60), "coarse.png", 0.5);
        using var fine = Slide.Of(SyntheticSet.Noise(3, 90, 60), "fine.png", 0.25);
        var both = SignalObjects.Concat([SignalObjects.Of(coarse, annotations), SignalObjects.Of(fine, annotations)]);
        Assert.Equal((20.0, 0.5), (both.Magnification!.Value.Power, both.Mpp!.Value.X));
        Assert.Equal((new Box(10, 18, 20, 28), new Box(5, 13, 25, 33)), (both.FieldOf(both[0], 10), both.FieldOf(both[1], 10)));

        // So do patches whose files state it.
        foreach (var (name, mpp) in ((string, double)[])[("a/1.png", 0.5), ("b/2.png", 0.25)])
            _folder.Write($"scaled/{name}", new Raster(32, 32, 3) { Mpp = new(mpp) }.ToPng());
        Assert.Equal(20, SignalObjects.Of(LabelledPatches.Open(_folder.At("scaled"))).Magnification!.Value.Power, 0.1);

        _folder.Write("scaled/b/3.png", new Raster(32, 32, 3).ToPng());
        Assert.Contains($"1 of 3 patches, such as {Path.Combine("b", "3.png")}, state no microns per pixel, the others 0.25 microns per pixel to 0.5",
            Assert.Throws<BadInputException>(() => SignalObjects.Of(LabelledPatches.Open(_folder.At("scaled")))).Message, StringComparison.Ordinal);

        var patches = SignalObjects.Of(TextureModel.Striped(_folder, 1), file => Path.GetFileName(file)[..1]);
        Assert.Equal((24, TextureModel.Side), (patches.Count, patches.Side));
        Assert.Equal("class0 7.5 0", $"{patches[0].Class} {patches[0].X.ToString(CultureInfo.InvariantCulture)} {patches[0].Group}");
    }
}
