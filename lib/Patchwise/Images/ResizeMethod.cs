namespace Patchwise;

/// <summary>How a pixel of the new size is made from those of the old one. All equal OpenCV's <c>resize</c> of the same name.</summary>
public enum ResizeMethod
{
    /// <summary>The pixel at floor(x * scale). Makes no new values: right for masks and labels, rough for images.</summary>
    Nearest,

    /// <summary>The two nearest pixels each way. Looks at no more than those when shrinking, so detail below two output pixels aliases.</summary>
    Linear,

    /// <summary>
    /// The mean over the area that the new pixel covers, as a scanner at lower power would see it; when either axis grows, close to <see cref="Nearest"/> with
    /// blended edges.
    /// </summary>
    Area,

    /// <summary>Four pixels each way, a cubic with a = -0.75; not widened when shrinking.</summary>
    Cubic,

    /// <summary>Eight pixels each way, the windowed sine of support 4; not widened when shrinking.</summary>
    Lanczos,
}

static class ResizeMethods
{
    internal static void Check(this ResizeMethod method)
    {
        if (!Enum.IsDefined(method))
            throw new BadInputException($"resize method {method}: expected {string.Join(", ", Enum.GetNames<ResizeMethod>())}");
    }
}
