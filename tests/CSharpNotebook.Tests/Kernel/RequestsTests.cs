using System.Text;
using CSharpNotebook.Kernel;

namespace CSharpNotebook.Tests.Kernel;

public sealed class RequestsTests
{
    [Fact]
    public void Every_place_between_characters_goes_there_and_back()
    {
        var random = new Random(5);
        for (var round = 0; round < 200; round++)
        {
            var runes = Enumerable.Range(0, random.Next(20))
                .Select(_ => new Rune(random.Next(3) == 0 ? 0x1F600 + random.Next(50) : 'a' + random.Next(26))).ToArray();
            var text = string.Concat(runes);
            for (var count = 0; count <= runes.Length; count++)
            {
                var place = runes.Take(count).Sum(rune => rune.Utf16SequenceLength);
                Assert.Equal(place, Requests.ToUtf16(text, count));
                Assert.Equal(count, Requests.FromUtf16(text, place));
            }
            Assert.Equal((0, text.Length), (Requests.ToUtf16(text, -1), Requests.ToUtf16(text, int.MaxValue)));
        }
    }

    [Fact]
    public void Halves_of_characters_count_one_each() =>
        Assert.Equal((3, 2, 1), (Requests.FromUtf16("\ude00a\ud83d", 3), Requests.ToUtf16("\ude00\ud83da", 2), Requests.FromUtf16("\ud83d", 5)));
}
