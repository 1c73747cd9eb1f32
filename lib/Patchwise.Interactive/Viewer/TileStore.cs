namespace Patchwise;

/// <summary>Answers that were made, the last used of them: at most so many bytes.</summary>
sealed class TileStore(long capacity = TileStore.Capacity)
{
    internal const long Capacity = 128 << 20;

    /// <summary>What an entry takes beside its bytes.</summary>
    const int Beside = 400;

    readonly Lock _lock = new();
    readonly Dictionary<string, LinkedListNode<(string Key, byte[] Bytes)>> _entries = [];
    readonly LinkedList<(string Key, byte[] Bytes)> _byUse = [];

    internal long Held { get; private set; }

    internal byte[]? Find(string key)
    {
        lock (_lock)
        {
            if (!_entries.TryGetValue(key, out var node))
                return null;
            _byUse.Remove(node);
            _byUse.AddFirst(node);
            return node.Value.Bytes;
        }
    }

    internal void Keep(string key, byte[] bytes)
    {
        lock (_lock)
        {
            if (!_entries.TryAdd(key, new((key, bytes))))
                return;
            _byUse.AddFirst(_entries[key]);
            Held += Size(key, bytes);
            while (Held > capacity && _byUse.Last is { } oldest)
            {
                _byUse.Remove(oldest);
                _entries.Remove(oldest.Value.Key);
                Held -= Size(oldest.Value.Key, oldest.Value.Bytes);
            }
        }
    }

    static long Size(string key, byte[] bytes) => bytes.Length + 2 * key.Length + Beside;
}
