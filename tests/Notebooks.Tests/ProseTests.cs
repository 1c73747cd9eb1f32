namespace Notebooks.Tests;

/// <summary>By what rule numbers in the text of notebooks are compared with what they show.</summary>
public sealed class ProseTests
{
    [Theory]
    [InlineData("Of them 12 % fit.", "12 %")]
    [InlineData("Of them 12 fit in 20 px.", "20 px")]
    [InlineData("At 10x they are lost, as `20x` shows.", "10x")]
    [InlineData("# 3 Sizes\n\n1. In [notebook 2](two-99.ipynb) and notebooks 4 and 5 there are 1,234 objects.\n2. Of 927.", "1,234")]
    [InlineData("It is as a rule 77 px. Here it is 78 px.", "78 px")]
    [InlineData("The 90th percentile is published as 5. Half of them, 96.7 %, are 24 px or less in ResNet-18; 95 % are asked for.", null)]
    [InlineData("Networks expect 224 px, as published.", null)]
    public void A_number_that_nothing_shows_is_found(string markdown, string? wrong)
    {
        var found = Prose.Unsupported(markdown, ["897 / 927, 96.7 % fit in 24 px at 40x", "12 of them at the 90th percentile"], "var target = 0.95;");
        Assert.Equal(wrong is null ? [] : [wrong], found.Select(one => one.Split(": ")[0].Trim()));
    }

    [Theory]
    [InlineData("52 of 61, 85.2 %", "52 of 61, 85.9 %", true), InlineData("52 of 61", "55 of 61", false), InlineData("52 of 61", "52 in 61", false)]
    public void Texts_are_alike_when_their_words_are_and_their_numbers_nearly(string one, string other, bool alike) =>
        Assert.Equal(alike, Prose.Alike(one, other));
}
