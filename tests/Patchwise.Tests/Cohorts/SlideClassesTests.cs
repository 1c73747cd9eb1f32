namespace Patchwise.Tests;

public class SlideClassesTests
{
    [Fact]
    public void They_are_the_classes_that_they_were_made_of_and_are_found_by_name()
    {
        var random = new Random(4);
        ClassInfo[] known = [.. Enumerable.Range(0, 300).Select(i => new ClassInfo($"class {i % 299}", $"Class {i}", ""))];
        for (var trial = 0; trial < 20; trial++)
        {
            var nowhere = trial == 0 ? new Estimate(double.NaN, double.NaN, double.NaN) : new Estimate(0, 0, random.NextDouble());
            // Few have patches, and of one without any the share is another.
            ClassSummary[] all = [.. known.Select((one, i) => random.Next(20) == 0
                ? new ClassSummary(one, random.Next(1, 99), new(random.NextDouble(), 0.1, 0.9), random.NextDouble())
                : new(one, 0, i == 7 ? new(0, 0, 0.5) : nowhere, trial == 1 ? double.NaN : random.NextDouble()))];
            SlideClasses classes = new(new(known), all);
            Assert.Equal(all, classes);
            Assert.Equal(all[17], classes.Named("class 17"));
            // Of two that are called alike the first.
            Assert.Equal(all[0], classes.Named("class 0"));
            Assert.Null(classes.Named("Class 17"));
        }
        Assert.Empty(new SlideClasses(new([]), []));
    }
}
