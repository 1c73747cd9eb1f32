namespace Patchwise.Tests.Files;

public sealed class WholeFileTests : IDisposable
{
    readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void One_writes_an_output_at_a_time_and_others_are_refused()
    {
        var path = _folder.At("out.txt");
        var (inside, written, refused) = (0, 0, 0);
        Parallel.For(0, 2000, new ParallelOptions { MaxDegreeOfParallelism = 8 }, number =>
        {
            try
            {
                WholeFile.Write(path, stream =>
                {
                    Assert.Equal(1, Interlocked.Increment(ref inside));
                    stream.Write(new byte[number % 100]);
                    Thread.Yield();
                    Interlocked.Decrement(ref inside);
                });
                Interlocked.Increment(ref written);
            }
            catch (BadInputException busy)
            {
                Assert.Equal($"{path} is being written by another process: wait until it has ended, or give another output", busy.Message);
                Interlocked.Increment(ref refused);
            }
        });
        Assert.Equal(2000, written + refused);
        Assert.InRange(written, 1, 2000);
        // However the threads above met.
        WholeFile.Write(path, _ => Assert.Throws<BadInputException>(() => WholeFile.Write(path, _ => { })));
        Assert.Equal([path], Directory.GetFiles(_folder.Path));
    }

    [Fact]
    public void What_a_killed_writer_left_goes_with_the_next_one()
    {
        var path = _folder.At("out.txt");
        File.WriteAllText(OutputLock.Beside(path, "partial"), "half");
        File.WriteAllText(OutputLock.Beside(path, "lock"), "");
        WholeFile.WriteText(path, "whole");
        Assert.Equal("whole", File.ReadAllText(path));
        Assert.Equal([path], Directory.GetFiles(_folder.Path));
    }

    [Fact]
    public void A_writer_that_fails_leaves_the_old_file_and_nothing_else()
    {
        var path = _folder.Write("out.txt", "old");
        Assert.Throws<InvalidOperationException>(() => WholeFile.Write(path, stream =>
        {
            stream.WriteByte(1);
            throw new InvalidOperationException();
        }));
        Assert.Equal("old", File.ReadAllText(path));
        Assert.Equal([path], Directory.GetFiles(_folder.Path));
    }

    [Theory, InlineData("/dev/null"), InlineData("/dev/stdout")]
    public void A_device_is_not_replaced(string device) =>
        Assert.Contains($"{device} is a device", Assert.Throws<BadInputException>(() => WholeFile.WriteText(device, "")).Message, StringComparison.Ordinal);
}
