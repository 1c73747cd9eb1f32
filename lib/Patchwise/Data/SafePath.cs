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

    internal static string Printable(string name) => string.Concat(name.Take(200).Select(c => char.IsControl(c) ? '?' : c));

    /// <summary>The full path of <paramref name="relative"/> below <paramref name="folder"/>.</summary>
    /// <param name="owner">Names the text that holds the path, for the error.</param>
    internal static string Join(string folder, string relative, string owner) => Fault(relative) is { } fault
        ? throw new BadInputException($"{owner}: the path '{Printable(relative)}' {fault}; expected a path below {folder}, such as images/a.png")
        : Path.Combine([folder, .. relative.Split('/')]);

    /// <summary>As <see cref="Join"/>, where in addition no part below the folder is a link, which might lead out of it.</summary>
    internal static string Below(string folder, string relative, string owner)
    {
        var whole = Join(folder, relative, owner);
        for (var path = whole; path.Length > folder.Length; path = Path.GetDirectoryName(path)!)
            if (new FileInfo(path).LinkTarget is { } target)
                throw new BadInputException($"{owner}: {path} is a link to {target}; expected a plain file or folder: put a copy in its place");
        return whole;
    }
}
