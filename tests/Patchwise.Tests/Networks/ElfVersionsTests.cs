using System.Text;

namespace Patchwise.Tests;

public class ElfVersionsTests
{
    static byte[] Library() => File.ReadAllBytes(Path.Combine(Repository.Root, "lib", "bin", "torch", "libLibTorchSharp.so"));

    [Fact]
    public void Of_TorchSharps_library_one_bit_changes()
    {
        var (whole, changed) = (Library(), Library());
        Assert.True(ElfVersions.MakeOptional(changed, "GLIBCXX_3.4.32"));
        var at = Assert.Single(Enumerable.Range(0, whole.Length), i => whole[i] != changed[i]);
        Assert.Equal((0, 2), (whole[at], changed[at]));
        var again = changed.ToArray();
        Assert.True(ElfVersions.MakeOptional(again, "GLIBCXX_3.4.32"));
        Assert.Equal(changed, again);
    }

    [Fact]
    public void Versions_that_are_not_asked_for_and_other_files_stay_as_they_are()
    {
        var whole = Library();
        foreach (var (bytes, version) in ((byte[], string)[])[(whole, "GLIBCXX_3.4.99"), (whole[..40], "GLIBCXX_3.4.32"),
            (Encoding.ASCII.GetBytes(new string('x', 200)), "GLIBCXX_3.4.32"), ([], "GLIBCXX_3.4.32")])
        {
            var copy = bytes.ToArray();
            Assert.False(ElfVersions.MakeOptional(copy, version));
            Assert.Equal(bytes, copy);
        }
    }

    [Fact]
    public void A_damaged_library_does_no_harm()
    {
        var (whole, random) = (Library(), new Random(32));
        // The header and the section headers at the end are what is followed.
        for (var trial = 0; trial < 2000; trial++)
        {
            var copy = whole[..random.Next(whole.Length)];
            for (var i = 0; i < 8 && copy.Length > 0; i++)
                copy[random.Next(2) == 0 ? random.Next(Math.Min(64, copy.Length)) : copy.Length - 1 - random.Next(Math.Min(2400, copy.Length))] =
                    (byte)random.Next(256);
            ElfVersions.MakeOptional(copy, "GLIBCXX_3.4.32");
        }
    }
}
