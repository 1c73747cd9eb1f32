using Microsoft.AspNetCore.Http;

namespace Patchwise;

/// <summary>Why a request gets no answer.</summary>
/// <param name="status">Of HTTP.</param>
sealed class Refusal(int status, string message) : Exception(message)
{
    internal int Status => status;
}

/// <summary>What a request asks for. Each number is checked against what there is; no text of it is taken for a name of anything.</summary>
sealed class Asked(HttpContext context, IReadOnlyList<(string Name, ViewerSlide? Slide, string Error)> slides)
{
    internal int SlideNumber => Route("s", slides.Count);

    internal ViewerSlide Slide => slides[SlideNumber] is var (name, slide, error) ? slide ?? throw new Refusal(404, $"{name}: {error}") : null!;

    internal int Prediction(string name = "p") => Route(name, Slide.Predictions.Count);

    internal int Level => Route("level", int.MaxValue);

    internal Box Box => Slide.Tiles.Zoom.TileAt(Level, Route("x", int.MaxValue), Route("y", int.MaxValue))
        ?? throw new Refusal(404, $"no such tile of {Slide.Tiles.Zoom}");

    /// <summary>A number of the path, from 0 up to a count.</summary>
    internal int Route(string name, int count) =>
        int.TryParse((string?)context.Request.RouteValues[name], NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number < count ? number
        : throw new Refusal(404, $"{name}: expected a number below {count}");

    string? Given(string name) => context.Request.Query[name] is [{ Length: > 0 } text] ? text : context.Request.Query.ContainsKey(name)
        && context.Request.Query[name] is not [""] ? throw new Refusal(400, $"{name}: expected one value") : null;

    internal double? Real(string name) => Given(name) is not { } text ? null
        : double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number) ? number
        : throw new Refusal(400, $"{name}: expected a number such as 0.5");

    /// <summary>A number of the query, from 0 up to a count.</summary>
    internal int? Number(string name, int count) => Given(name) is not { } text ? null
        : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number < count ? number
        : throw new Refusal(400, $"{name}: expected a number below {count}");

    internal string Choice(string name, params string[] values) => Given(name) is not { } text ? values[0]
        : values.Contains(text) ? text : throw new Refusal(400, $"{name}: expected {string.Join(" or ", values)}");

    internal bool Flag(string name) => Choice(name, "0", "1") == "1";

    internal PatchFilter Filter(int classes)
    {
        var hidden = (Given("hide") ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries).Select(text =>
            int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number < classes ? number
            : throw new Refusal(400, $"hide: expected numbers below {classes} with commas between")).ToHashSet();
        return new(hidden, Real("from") ?? 0, Real("to") ?? 1, Flag("wrong"), Number("class", classes), Number("label", classes));
    }
}
