namespace Patchwise;

/// <summary>
/// How a mask is called after its image, without extensions: "{name}_mask" beside the image, in a folder beside or below it; "masks/{name}" in
/// such a folder of that name.
/// </summary>
sealed class MaskPattern
{
    readonly string _folder, _before, _after;

    internal MaskPattern(string pattern)
    {
        var slash = pattern.LastIndexOf('/');
        var parts = pattern[(slash + 1)..].Split("{name}");
        if (parts.Length != 2 || (slash < 1 && parts[0] + parts[1] == "") || SafePath.Fault(pattern) is not null)
            throw new BadInputException(
                $"mask pattern '{pattern}': expected a name with one {{name}} in it, such as {{name}}_mask, or with a folder, such as masks/{{name}}");
        (_folder, _before, _after) = (slash < 0 ? "" : pattern[..slash], parts[0], parts[1]);
    }

    /// <summary>The name of the image that the file at <paramref name="path"/> would be a mask of, or null.</summary>
    internal string? ImageOf(string path)
    {
        var stem = Path.GetFileNameWithoutExtension(path);
        return stem.Length > _before.Length + _after.Length
            && stem.StartsWith(_before, StringComparison.Ordinal) && stem.EndsWith(_after, StringComparison.Ordinal)
            && (_folder == "" || FolderOf(path).EndsWith("/" + _folder, StringComparison.Ordinal))
                ? stem[_before.Length..^_after.Length]
                : null;
    }

    /// <summary>How near the mask lies to the image: 0 beside it, 1 in a folder below, 2 in a folder beside; null where it belongs to another.</summary>
    internal int? Distance(string image, string mask)
    {
        var (at, home) = (FolderOf(mask), FolderOf(image));
        if (_folder != "")
            return at == $"{home}/{_folder}" ? 1 : at == $"{FolderOf(home)}/{_folder}" ? 2 : null;
        return at == home ? 0 : FolderOf(at) == home ? 1 : FolderOf(at) == FolderOf(home) ? 2 : null;
    }

    /// <summary>Whether masks may lie in the folder <paramref name="name"/> beside the one that was opened.</summary>
    internal bool IsMaskFolder(string name) => _folder == "" ? name.ToUpperInvariant() is "MASK" or "MASKS" : name == _folder;

    static string FolderOf(string path) => path[..Math.Max(0, path.LastIndexOf('/'))];
}
