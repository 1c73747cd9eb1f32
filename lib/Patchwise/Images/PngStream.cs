using System.Buffers.Binary;
using System.IO.Compression;
using System.IO.Hashing;

namespace Patchwise;

/// <summary>
/// The bytes of a PNG's IDAT chunks one after the other, which are one zlib stream: the rows, deflated, and a checksum of them (Adler-32) at its end.
/// </summary>
sealed unsafe class PngStream : Stream
{
    /// <summary>Of the signature; and of a chunk's length, kind and checksum.</summary>
    const int Signature = 8, Around = 12;

    readonly byte* _file;
    readonly List<(int From, int Length)> _parts = [];
    int _part, _at;
    bool _isShort;

    /// <summary>Whether each chunk is as it should be.</summary>
    internal bool IsSound { get; } = true;

    /// <param name="file">Stays where it is as long as this is used.</param>
    internal PngStream(byte* file, int length)
    {
        _file = file;
        var bytes = new ReadOnlySpan<byte>(file, length);
        var at = Signature;
        for (var end = false; !end; at += Around)
        {
            if (length - at < Around || BinaryPrimitives.ReadUInt32BigEndian(bytes[at..]) is var count && count > length - at - Around)
            {
                IsSound = false;
                break;
            }
            var kind = bytes.Slice(at + 4, 4);
            var data = bytes.Slice(at + 8, (int)count);
            if (Crc32.HashToUInt32(bytes.Slice(at + 4, 4 + data.Length)) != BinaryPrimitives.ReadUInt32BigEndian(bytes[(at + 8 + data.Length)..]))
                IsSound = false;
            end = kind.SequenceEqual("IEND"u8);
            if (kind.SequenceEqual("IDAT"u8) && (_parts is [] || _parts[^1] is var (before, last) && before + last + 4 == at))
                _parts.Add((at + 8, data.Length));
            // What comes behind the first of them and is needed (a capital letter) is the end alone.
            else if (_parts.Count > 0 && !end && (kind[0] & 0x20) == 0)
                IsSound = false;
            at += data.Length;
        }
    }

    /// <summary>Unpacked; it checks the sum where it comes to it.</summary>
    internal ZLibStream Unpacked() => new(this, CompressionMode.Decompress);

    /// <summary>
    /// Whether that was right: called after the last byte of the rows. Where the stream's end is missing, unpacking asks for more than there is, and tells
    /// nobody.
    /// </summary>
    internal bool IsWhole(ZLibStream unpacked)
    {
        Span<byte> rest = stackalloc byte[1 << 12];
        while (unpacked.Read(rest) > 0) ;
        return !_isShort;
    }

    /// <summary>What is thrown for bytes that cannot be unpacked; one of them for those that need a dictionary.</summary>
    internal static bool IsDamage(Exception error) => error is InvalidDataException or IOException;

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override int Read(Span<byte> buffer)
    {
        for (; _part < _parts.Count; (_part, _at) = (_part + 1, 0))
            if (Math.Min(buffer.Length, _parts[_part].Length - _at) is > 0 and var count)
            {
                new ReadOnlySpan<byte>(_file + _parts[_part].From + _at, count).CopyTo(buffer);
                _at += count;
                return count;
            }
        _isShort = true;
        return 0;
    }

    public override bool CanRead => true;
    public override bool CanSeek => false;
    public override bool CanWrite => false;
    public override long Length => throw new NotSupportedException();
    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }
    public override void Flush() { }
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();
    public override void SetLength(long value) => throw new NotSupportedException();
    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
