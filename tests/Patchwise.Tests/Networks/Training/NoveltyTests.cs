namespace Patchwise.Tests;

[Collection("networks that learn")]
public sealed class NoveltyTests : IDisposable
{
    readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    /// <summary>Rows around some centres, of which one lies wider than the other.</summary>
    static float[][] Rows(Random random, int count, int length, double shift = 0) => [.. Enumerable.Range(0, count).Select(i =>
        Enumerable.Range(0, length).Select(j => (float)(Normal(random) * (1 + i % 3) + 4 * (i % 3 == j % 3 ? 1 : 0) + shift)).ToArray())];

    static double Normal(Random random) => Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());

    static int[] Alone(int count) => [.. Enumerable.Range(0, count)];

    /// <summary>The plain twin: what a row is to some others, by loops over all.</summary>
    static double Plain(float[][] rows, int[] groups, int[] depths, float[] row)
    {
        var (mean, scale) = (new double[row.Length], new double[row.Length]);
        double Spread(int j) => Math.Sqrt(rows.Average(one => Math.Pow(one[j] - rows.Average(all => (double)all[j]), 2)));
        for (int j = 0, depth = 0, left = depths[0]; j < row.Length; j++, left--)
        {
            if (left == 0)
                left = depths[++depth];
            mean[j] = rows.Average(one => (double)one[j]);
            var (deviation, first) = (Spread(j), depths.Take(depth).Sum());
            double[] usual = [.. Enumerable.Range(first, depths[depth]).Select(Spread).Order()];
            var least = (usual[(usual.Length - 1) / 2] + usual[usual.Length / 2]) / rows.Length;
            scale[j] = deviation < 1e-9 ? 0 : 1 / (Math.Max(deviation, least) * Math.Sqrt((double)depths[depth] * depths.Length));
        }
        double Distance(float[] a, float[] b)
        {
            var sum = 0.0;
            for (var j = 0; j < a.Length; j++)
                sum += Math.Pow((a[j] - b[j]) * scale[j], 2);
            return Math.Sqrt(sum);
        }
        double[] reach = [.. rows.Select((one, i) => rows.Where((_, k) => groups[k] != groups[i]).Select(other => Distance(one, other)).Order().ElementAt(2))];
        return rows.Select((one, i) => Distance(one, row) / reach[i]).Min();
    }

    [Theory, InlineData(7), InlineData(30), InlineData(61)]
    public void It_is_that_of_the_plain_twin_where_each_row_is_left_out(int count)
    {
        var random = new Random(count);
        var (rows, depths, groups) = (Rows(random, count, 12), (int[])[5, 7], Alone(count));
        groups[1] = 0; // the same image twice
        foreach (var row in rows)
            row[3] = 2; // says nothing
        var found = Novelty.Of(rows, depths, groups);
        double[] leftOut = [.. rows.Select((row, i) => Plain([.. rows.Where((_, k) => groups[k] != groups[i])], [.. groups.Where(group => group != groups[i])],
            depths, row))];
        var bound = leftOut.Order().ElementAt(Math.Min(count, (int)Math.Ceiling(0.95 * (count + 1))) - 1);
        Assert.All(found.LeftOut.Zip(leftOut), pair => Assert.Equal(pair.Second / bound, pair.First, 1e-4));
        Assert.InRange(found.LeftOut.Count(one => one > 1), 0, (int)(0.05 * count));
        foreach (var row in Rows(random, 5, 12).Select(row => row.Select((value, j) => j == 3 ? 2 : value).ToArray()))
            Assert.Equal(Plain(rows, groups, depths, row) / bound, found.Of(row), 1e-4);
        Assert.Equal(0, found.Of(rows[5]), 1e-3);
    }

    /// <summary>Few patches, in which a network's channels hardly speak but in one: it is no measure of what is far.</summary>
    [Fact]
    public void One_odd_patch_of_few_does_not_make_all_else_familiar()
    {
        var random = new Random(3);
        var rows = Rows(random, 15, 60);
        foreach (var (i, row) in rows.Index())
            for (var j = 0; j < 10; j++)
                row[j] = i == 4 ? 6 : (float)(1e-3 * Normal(random));
        var found = Novelty.Of(rows, [60], Alone(15));
        Assert.All(Rows(random, 10, 60, shift: 40), row => Assert.True(found.Of(row) > 1));
        Assert.All(Rows(random, 10, 60), row => Assert.True(found.Of([.. row.Select((value, j) => j < 10 ? 0 : value)]) > 0.05));
    }

    [Theory, InlineData(25, 60), InlineData(60, 25), InlineData(230, 2)]
    public void Of_others_of_the_same_kind_one_in_twenty_at_most_is_called_unfamiliar_and_of_another_kind_nearly_all(int count, int repeats)
    {
        var random = new Random(3);
        var (above, others, far, all) = (0, 0, 0, 0);
        for (var repeat = 0; repeat < repeats; repeat++)
        {
            var novelty = Novelty.Of(Rows(random, count, 20), [20], Alone(count));
            foreach (var row in Rows(random, 30, 20))
                (others, above) = (others + 1, above + (novelty.Of(row) > 1 ? 1 : 0));
            foreach (var row in Rows(random, 30, 20, shift: 8))
                (all, far) = (all + 1, far + (novelty.Of(row) > 1 ? 1 : 0));
        }
        // Of 1,500 0.05 and, since those of one repeat share a bound, 3 deviations of 0.012; of 60 more.
        Assert.InRange(above / (double)others, 0, repeats > 2 ? 0.085 : 0.17);
        Assert.InRange(far / (double)all, 0.9, 1);
    }

    [Theory, InlineData(true), InlineData(false)]
    public void A_saved_head_tells_it_with_each_prediction_as_in_memory_and_more_of_what_it_has_not_seen(bool eight)
    {
        using var model = TextureModel.Open(_folder);
        var head = LinearHead.Train(model, TextureModel.Striped(_folder, 1), eight: eight);
        head.Save(_folder.At("head.onnx"));
        using var others = new TemporaryFolder();
        var unseen = TextureModel.Striped(others, 2);
        var expected = head.Predict(unseen);
        using var predictor = new PatchPredictor(_folder.At("head.onnx"));
        var found = predictor.Predict(unseen.Files);
        Assert.All(expected.Zip(found), pair => Assert.Equal(pair.First.Novelty!.Value, pair.Second.Novelty!.Value, 2e-3));
        // More than one batch, and in a table that was written meanwhile.
        using var small = new PatchPredictor(_folder.At("head.onnx"), batch: 5);
        var written = small.Predict(unseen.Files, new() { SaveTo = _folder.At("run.sqlite") });
        Assert.All(found.Zip(written), pair => Assert.Equal(pair.First.Novelty!.Value, pair.Second.Novelty!.Value, 1e-4));

        Assert.InRange(found.Count(row => row.Novelty > 1), 0, found.Count / 5);
        static Raster Plain(byte value) => Raster.FromSamples(TextureModel.Side, TextureModel.Side, 3,
            [.. Enumerable.Repeat(value, 3 * TextureModel.Side * TextureModel.Side)]);
        var strange = predictor.Predict([Plain(255), Plain(0), TextureModel.Patch(new Random(5))]);
        Assert.All(strange, row => Assert.True(row.Novelty > 1.2, $"{row.Novelty}"));
        Assert.Equal(["familiar", "unfamiliar"], found.ByNovelty().Classes.Select(one => one.Name));

        // Left out, the training patches have one, too; a network without says nothing.
        Assert.InRange(head.CrossValidated.Count(row => row.Novelty > 1), 0, (int)(0.05 * head.CrossValidated.Count));
        using var plain = new PatchPredictor(model);
        Assert.False(plain.Predict(unseen.Files).HasNovelty);
    }
}
