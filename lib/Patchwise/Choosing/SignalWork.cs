using System.Collections.Concurrent;
using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Patchwise;

/// <summary>
/// The work of a <see cref="SignalTest"/>: crops of the objects, read once, then for each setting the features and the classes that the left-out objects are
/// given, or these from the file of an earlier test.
/// </summary>
sealed class SignalWork
{
    /// <summary>Patches that go through the network at once: few, so that a stop is heard soon.</summary>
    const int Batch = 16;
    const long MostCropBytes = 2L << 30;

    readonly SignalSample _sample;
    readonly ISignalFeatures _features;
    readonly SignalOptions _options;
    readonly Raster[] _crops;
    readonly int[][] _divisions;
    readonly string _digest;
    readonly string _name;
    readonly Stopwatch _clock = Stopwatch.StartNew();
    readonly Lock _lock = new();
    int _done, _fresh, _ended;
    TimeSpan _told;

    internal List<string> Notes { get; } = [];

    /// <summary>The sample, with copies in one group.</summary>
    internal SignalSample Sample => _sample;

    internal SignalWork(SignalObjects objects, SignalSample sample, ISignalFeatures features, SignalOptions options, CancellationToken cancel)
    {
        (_features, _options, _name) = (features, options, objects.Name);
        if (options.CacheFolder is { } kept)
            WholeFile.MakeFolder(kept); // before the work: what cannot be kept there would be lost
        var (largest, count) = (sample.Fields[^1], sample.Objects.Length);
        if (3L * largest * largest * count > MostCropBytes)
            throw new BadInputException($"{count:N0} objects with fields of {largest} px take {(3L * largest * largest * count) >> 20:N0} MiB: expected at "
                + $"most {MostCropBytes >> 20:N0}; state fewer Objects or smaller Fields");
        var digests = new ConcurrentDictionary<string, Lazy<ulong?>>(StringComparer.Ordinal);
        _crops = objects.Read(sample.Objects, largest, options.Threads, cancel, digests);
        _sample = sample = sample.Joined(_crops, name => digests.TryGetValue(name, out var known) ? known.Value : null);
        if (Darkness.Of(_crops.Max(crop => Darkness.Brightest(crop.AsBytes()))) is { } dark)
            Notes.Add(dark);
        _divisions = sample.Divisions(options);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.UTF8.GetBytes($"signal 3\n{features.Digest}\n{largest}\n"));
        foreach (var numbers in _divisions.Append(sample.Labels))
            hash.AppendData(MemoryMarshal.AsBytes(numbers.AsSpan()));
        foreach (var crop in _crops)
            hash.AppendData(crop.AsBytes());
        _digest = Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <summary>For each setting what its objects are given.</summary>
    /// <param name="more">Settings still to come, for how far the work is.</param>
    internal SignalGiven[] Given(IReadOnlyList<SignalSetting> settings, int more, CancellationToken cancel)
    {
        var (given, total) = (new SignalGiven[settings.Count], (settings.Count + more + _ended) * _sample.Objects.Length);
        // The longest first. One setting by itself is done by all threads.
        ObjectSlides.Each(Enumerable.Range(0, settings.Count).OrderByDescending(i => settings[i].Input), settings.Count == 1 ? 1 : _options.Threads, i =>
        {
            var path = _options.CacheFolder is { } folder ? Path.Combine(folder, $"signal-{Key(settings[i])[..16]}.bin") : null;
            if (path is not null && Known(path, settings[i]) is { } known)
                Advance(_sample.Objects.Length, false, total);
            else
            {
                known = Predict(settings[i], settings.Count == 1 ? _options.Threads : 1, total, cancel);
                if (path is not null)
                    Keep(path, settings[i], known);
            }
            given[i] = known;
        }, cancel);
        _ended += settings.Count;
        return given;
    }

    SignalGiven Predict(SignalSetting setting, int threads, int total, CancellationToken cancel)
    {
        var rows = Features(_features, setting, _crops, threads, count => Advance(count, true, total), cancel);
        return SignalHeads.Predict(rows, _features.Parts(setting.Input), _sample.Labels, _divisions, cancel);
    }

    /// <summary>The features of objects at a setting, in small batches.</summary>
    /// <param name="crops">That hold the field.</param>
    internal static float[][] Features(ISignalFeatures features, SignalSetting setting, Raster[] crops, int threads, Action<int> done, CancellationToken cancel)
    {
        var rows = new float[crops.Length][];
        ObjectSlides.Each(Enumerable.Range(0, crops.Length).Chunk(Batch), threads, batch =>
        {
            var found = features.Of(Array.ConvertAll(batch, i => SignalSample.Seen(crops[i], setting)), cancel);
            foreach (var (i, row) in batch.Zip(found))
                rows[i] = Array.TrueForAll(row, float.IsFinite) ? row
                    : throw new BadInputException($"{features.Name} gives no finite features for a patch of {setting.Input} px: its weights are damaged");
            done(batch.Length);
        }, cancel);
        return rows;
    }

    void Advance(int count, bool computed, int total)
    {
        lock (_lock)
        {
            _done += count;
            _fresh += computed ? count : 0;
            if (_options.Progress is null || (_done < total && _clock.Elapsed - _told < TimeSpan.FromSeconds(0.1)))
                return;
            _told = _clock.Elapsed;
            _options.Progress(new(_name, _done, total, _fresh / _clock.Elapsed.TotalSeconds));
        }
    }

    string Key(SignalSetting setting) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture,
        $"{_digest} {setting.Factor:R} {setting.Field} {setting.Input}"))));

    /// <summary>What a test of the same has left there: classes and errors, then a digest of key and both. Null: none, or a damaged file.</summary>
    SignalGiven? Known(string path, SignalSetting setting)
    {
        try
        {
            if (!File.Exists(path))
                return null;
            var (bytes, count) = (File.ReadAllBytes(path), _sample.Objects.Length);
            var (classes, length) = (count * _divisions.Length, count * (_divisions.Length + sizeof(float)));
            if (bytes.Length == length + 32 && Digest(setting, bytes.AsSpan(0, length)).AsSpan().SequenceEqual(bytes.AsSpan(length)))
                return new([.. bytes[..classes].Chunk(count)], MemoryMarshal.Cast<byte, float>(bytes.AsSpan(classes..length)).ToArray());
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
        }
        lock (_lock)
            Notes.Add($"{path}, which an earlier test left, is damaged or cannot be read: computed anew");
        return null;
    }

    void Keep(string path, SignalSetting setting, SignalGiven given)
    {
        byte[] all = [.. given.Classes.SelectMany(one => one), .. MemoryMarshal.AsBytes(given.Errors.AsSpan())];
        try
        {
            WholeFile.Write(path, stream =>
            {
                stream.Write(all);
                stream.Write(Digest(setting, all));
            });
        }
        catch (BadInputException)
        {
            // Another process writes the same.
        }
    }

    byte[] Digest(SignalSetting setting, ReadOnlySpan<byte> kept) => SHA256.HashData([.. Encoding.UTF8.GetBytes(Key(setting)), .. kept]);
}
