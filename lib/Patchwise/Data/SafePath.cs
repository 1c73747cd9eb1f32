namespace Patchwise;

/// <summary>Relative paths that others wrote (in a manifest, an index, an archive) and that must stay below a folder.</summary>
static class SafePath
{
    /// <summary>What is wrong with <paramref name="relative"/> as a path below a folder, or null.</summary>
    internal static string? Fault(string relative)
    {
        if (relative.Length is 0 or > 1024)
            return "is empty or longer than 1024 characters";
        if (relative.Any(char.IsControl))
            return "holds a control character";
        if (relative.Contains('\\'))
            return "holds a backslash: folders are parted by /";
        if (relative[0] == '/' || (relative.Length > 1 && relative[1] == ':'))
            return "is absolute";
        foreach (var part in relative.Split('/'))
            if (part is "" or "." or "..")
                return $"has the part '{part}'";
        return null;
    }

    /// <summary>The full path of <paramref name="relative"/> below <paramref name="folder"/>, no part of which (below the folder) is a link.</summary>
    /// <param name="owner">Names the text that holds the path, for the error.</param>
    internal static string Below(string folder, string relative, string owner)
    {
        if (Fault(relative) is { } fault)
            throw new BadInputException($"{owner}: the path '{relative}' {fault}; expected a path below {folder}, such as images/a.png");
        var path = folder;
        foreach (var part in relative.Split('/'))
        {
            path = Path.Combine(path, part);
            if (new FileInfo(path).LinkTarget is { } target)
                throw new BadInputException($"{owner}: {path} is a link to {target}; expected a plain file or folder: put a copy in its place");
        }
        return path;
    }
}
