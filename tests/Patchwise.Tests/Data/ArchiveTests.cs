using System.Buffers.Binary;
using System.IO.Compression;

namespace Patchwise.Tests;

public sealed class ArchiveTests : IDisposable
{
    readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    internal static byte[] Zip(params (string Name, byte[] Content)[] entries) => Zip((_, _) => { }, entries);

    static byte[] Zip(Action<ZipArchiveEntry, int> change, params (string Name, byte[] Content)[] entries)
    {
        using var stream = new MemoryStream();
        using (var zip = new ZipArchive(stream, ZipArchiveMode.Create))
            for (var i = 0; i < entries.Length; i++)
            {
                var entry = zip.CreateEntry(entries[i].Name, CompressionLevel.Optimal);
                change(entry, i);
                using var content = entry.Open();
                content.Write(entries[i].Content);
            }
        return stream.ToArray();
    }

    string Refused(byte[] zip)
    {
        var path = _folder.Write("archive.zip", zip);
        var message = Assert.Throws<BadInputException>(() => Archive.Unpack(path, _folder.At("out"))).Message;
        Assert.StartsWith(path, message, StringComparison.Ordinal);
        return message;
    }

    [Theory]
    [InlineData("../evil", "has the part '..'")]
    [InlineData("a/../../evil", "has the part '..'")]
    [InlineData("/etc/evil", "is absolute")]
    [InlineData("C:/evil", "is absolute")]
    [InlineData("a\\..\\evil", "backslash")]
    [InlineData("a//evil", "has the part ''")]
    [InlineData("./evil", "has the part '.'")]
    [InlineData("a\nb", "control character")]
    [InlineData(".fetched.json", "the record of a fetch")]
    public void A_name_that_leaves_the_folder_or_misleads_is_refused_before_anything_is_written(string name, string expected)
    {
        Assert.Contains(expected, Refused(Zip(("good", [1]), (name, [2]))), StringComparison.Ordinal);
        Assert.Equal(["archive.zip"], Directory.EnumerateFileSystemEntries(_folder.Path).Select(Path.GetFileName));
    }

    [Theory, InlineData(0xA1FF), InlineData(0x2180), InlineData(0x1180)]
    public void Links_devices_and_pipes_are_refused(int mode)
    {
        Assert.Contains("is a link or a device", Refused(Zip((entry, _) => entry.ExternalAttributes = mode << 16, ("link", "/etc/passwd"u8.ToArray()))),
            StringComparison.Ordinal);
        Assert.False(Directory.Exists(_folder.At("out")));
    }

    [Fact]
    public void A_name_that_is_there_twice_or_is_a_file_and_a_folder_is_refused()
    {
        Assert.Contains("is there twice", Refused(Zip(("a/x", [1]), ("A/X", [2]))), StringComparison.Ordinal);
        Assert.Contains("is a file and a folder", Refused(Zip(("a/x", [1]), ("a", [2]))), StringComparison.Ordinal);
    }

    [Fact]
    public void A_bomb_is_refused_before_it_is_unpacked()
    {
        var bomb = Zip(("a", new byte[1000]), ("bomb", new byte[80 << 20]));
        Assert.Contains(
            $"above the limit of 67,108,864 bytes, more than images and tables give: if you trust it, raise the limit (maxUnpacked: {(80 << 20) + 1000}, on "
                + $"the command line --max-unpacked)", Refused(bomb), StringComparison.Ordinal);
        Assert.False(Directory.Exists(_folder.At("out")));
        Assert.Throws<BadInputException>(() => Archive.Unpack(_folder.At("archive.zip"), _folder.At("out"), (80 << 20) + 999));
        Assert.Equal(2, Archive.Unpack(_folder.At("archive.zip"), _folder.At("out"), (80 << 20) + 1000).Count);
    }

    [Fact]
    public void Sizes_whose_sum_passes_the_end_of_the_numbers_are_refused()
    {
        var zip = Zip(("a", new byte[1000]), ("b", new byte[1000]));
        // The last entry of the directory states its size in a zip64 field.
        var entry = zip.AsSpan().LastIndexOf("PK\u0001\u0002"u8);
        var end = zip.AsSpan().LastIndexOf("PK\u0005\u0006"u8);
        byte[] size = [1, 0, 8, 0, .. BitConverter.GetBytes(long.MaxValue)];
        BinaryPrimitives.WriteUInt32LittleEndian(zip.AsSpan(entry + 24), uint.MaxValue);
        BinaryPrimitives.WriteUInt16LittleEndian(zip.AsSpan(entry + 30), (ushort)size.Length);
        BinaryPrimitives.WriteInt32LittleEndian(zip.AsSpan(end + 12), BinaryPrimitives.ReadInt32LittleEndian(zip.AsSpan(end + 12)) + size.Length);
        Assert.Contains($"maxUnpacked: {(Int128)long.MaxValue + 1000}", Refused([.. zip[..end], .. size, .. zip[end..]]), StringComparison.Ordinal);
    }

    [Fact]
    public void An_entry_that_is_longer_than_it_says_is_refused()
    {
        var zip = Zip(("long", new byte[1000]));
        // The size in the central directory, which readers trust.
        var directory = zip.AsSpan().LastIndexOf("PK\u0001\u0002"u8);
        BinaryPrimitives.WriteInt32LittleEndian(zip.AsSpan(directory + 24), 10);
        Assert.Contains("damaged", Refused(zip), StringComparison.Ordinal);
    }

    [Fact]
    public void Changed_content_is_refused_by_its_checksum()
    {
        var content = new byte[500];
        new Random(1).NextBytes(content);
        var zip = Zip(("x", content));
        zip[zip.AsSpan().IndexOf(content.AsSpan(100, 50))] ^= 1;
        Assert.Contains("the entry 'x' is damaged", Refused(zip), StringComparison.Ordinal);
    }

    [Fact]
    public void No_cut_of_an_archive_crashes()
    {
        var zip = Zip(("a", [1, 2, 3]), ("b/c", new byte[300]));
        for (var length = 0; length < zip.Length; length += 7)
            Refused(zip[..length]);
    }
}
