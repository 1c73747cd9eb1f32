namespace Patchwise.Tests;

public sealed class LabelledFolderTests : IDisposable
{
    readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Folders_above_one_another_may_say_the_same_in_two_ways()
    {
        _folder.Write("set/benign/0/1.png", new Raster(4, 4, 3).ToPng());
        _folder.Write("set/malignant/1/2.png", new Raster(4, 4, 3).ToPng());
        Assert.Equal([0, 1], LabelledFolder.Read(_folder.At("set"), [new("0", "benign", "#000000"), new("1", "malignant", "#ffffff")]).Labels!);
    }

    int?[]? Labels(string[] classes, params string[] folders)
    {
        foreach (var folder in folders)
            _folder.Write($"set/{folder}/1.png", new Raster(4, 4, 3).ToPng());
        return [.. LabelledFolder.Read(_folder.At("set"), [.. classes.Select(name => new ClassInfo(name, name, "#000000"))]).Labels ?? []];
    }

    [Theory]
    [InlineData("CD8-,CD8+", "CD8+,CD8-", "1,0")]
    [InlineData("a,A", "A,a", "1,0")]
    [InlineData("G1,G1+,G1x+", "G1,G1+,G1x+", "1,0,2")]
    [InlineData("Tumeur \u00e9tendue,Autre", "Autre,Tumeur e\u0301tendue", "1,0")]
    [InlineData("Red, mostly,blue", "BLUE,red_mostly", "2,0")]
    [InlineData("TUM,STR", "p1/TUM/x,p2/STR,p2/TUM", "0,1,0")]
    [InlineData("CD8-,CD8+", "cd8+,CD8 -", "0,1")]
    [InlineData("BAND,SEG", "BAND,SEG", "0,1")]
    [InlineData("HER2 1+,HER2 2+,grade 1-2", "HER2-1+,her2_2+,grade 1 - 2", "0,2,1")]
    [InlineData("grade 1-2,T-cell,non-tumor", "Grade_1_2,T cell,NonTumor", "0,2,1")]
    [InlineData("IDC-,IDC,grade 1-2", "IDC\u2013,idc,grade 1\u20132", "0,2,1")]
    [InlineData("0,1,-1", "-1,0,1", "2,0,1")]
    [InlineData("TUM,STR", "TUM/TUM,STR", "1,0")]
    public void Names_are_read_as_written_and_loosely_only_where_that_is_clear(string classes, string folders, string labels)
    {
        string[] names = classes == "Red, mostly,blue" ? ["Red, mostly", "other", "blue"] : classes.Split(',');
        Assert.Equal(labels.Split(',').Select(label => (int?)int.Parse(label, System.Globalization.CultureInfo.InvariantCulture)),
            Labels(names, folders.Split(',')));
    }

    [Theory]
    [InlineData("CD8-,CD8+", "CD8", "may be of the classes CD8- and CD8+")]
    [InlineData("CD8,other", "CD8+,CD8-", "CD8+ in ")]
    [InlineData("CD8+,other", "CD8-", "differs from the class CD8+ in a sign only")]
    [InlineData("CD3- T-cell,other", "CD3 T-cell", "differs from the class CD3- T-cell in a sign only")]
    [InlineData("1,2", "-1", "differs from the class 1 in a sign only")]
    [InlineData("0.5,5", "05", "differs from the class 0.5 in a sign only")]
    [InlineData("HER2,other", "her2-", "differs from the class HER2 in a sign only")]
    [InlineData("grade 1-2,grade 3", "grade 12", "differs from the class grade 1-2 in a sign only")]
    [InlineData(">50%,other", "<50%", "differs from the class >50% in a sign only")]
    [InlineData("0,1,2", "0/1", "lies in folders of two classes, 1 and 0")]
    [InlineData("TUM,STR", "TUM,tum", "TUM and tum both name the class TUM")]
    public void Classes_and_folders_that_would_become_one_are_refused(string classes, string folders, string expected) =>
        Assert.Contains(expected, Assert.Throws<BadInputException>(() => Labels(classes.Split(','), folders.Split(','))).Message, StringComparison.Ordinal);
}
