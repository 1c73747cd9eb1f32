using System.Net;
using System.Security.Cryptography;

namespace Patchwise;

/// <summary>
/// A viewer in a cell: a picture of its first slide, and in its place the page itself while the cell is fresh and the kernel runs. A stored page asks nobody
/// by itself: there the picture stays, with a button that opens the page if it is still served.
/// </summary>
static class ViewerFrame
{
    /// <summary>Px of the picture's longer side, which is stored with the notebook.</summary>
    const int Side = 720;

    /// <summary>Milliseconds after which a cell is an old one, whose kernel may have ended.</summary>
    const int Fresh = 60_000;

    internal static string Html(SlideViewer viewer)
    {
        var (made, address) = (DateTimeOffset.UtcNow.ToUnixTimeMilliseconds().ToString(CultureInfo.InvariantCulture), viewer.Address.AbsoluteUri);
        var id = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(address + made)))[..12];
        var slide = viewer.Slides.Count > 0 ? viewer.Slides[0] : null;
        var words = WebUtility.HtmlEncode(viewer + (slide?.Predictions is [var first, ..]
            ? FormattableString.Invariant($", with {first.Table.Count:N0} patches predicted by {first.Name}") : ""));
        return $$"""
            <div data-viewer="{{id}}" style="background:#ffffff;color:{{Style.Ink}};font:13px {{Style.Fonts}};padding:4px">
            {{(slide is null ? "" : $"<img alt=\"{words}\" style=\"max-width:100%;display:block\" src=\"{Pictures.DataUri(Picture(slide))}\">")}}
            <p style="margin:6px 0">{{words}}. <span>To zoom in, run this cell in a notebook.</span></p></div>
            <script type="text/javascript">
            (function () {
              var address = '{{address}}';
              document.querySelectorAll('[data-viewer="{{id}}"]').forEach(function (box) {
                if (box.getAttribute('data-ready') || !/^http|^vscode/.test(location.protocol)) return;
                box.setAttribute('data-ready', 'yes');
                var says = box.querySelector('span'), button = document.createElement('button');
                function show() {
                  fetch('{{viewer.AliveAddress}}', { mode: 'no-cors' }).then(function () {
                    var frame = document.createElement('iframe'), link = document.createElement('a'), image = box.querySelector('img');
                    frame.src = link.href = address;
                    frame.title = 'Slide viewer';
                    frame.allow = 'fullscreen; clipboard-write';
                    frame.style.cssText = 'width:100%;height:640px;border:1px solid {{Style.Frame}};box-sizing:border-box';
                    link.target = '_blank';
                    link.rel = 'noopener';
                    link.textContent = 'Open it in a window of its own';
                    if (image) image.style.display = 'none';
                    box.insertBefore(frame, box.firstChild);
                    says.replaceChildren(link);
                  }, function () { says.textContent = 'Nobody answers here: the kernel has ended, or runs on another machine; run the cell again.'; });
                }
                button.type = 'button';
                button.textContent = 'Zoom in';
                button.addEventListener('click', show);
                says.replaceChildren(button);
                if (Math.abs(Date.now() - {{made}}) < {{Fresh}}) show();
              });
            })();
            </script>

            """;
    }

    /// <summary>What stays of a viewer where no script runs; a white pixel where none of its slides could be opened.</summary>
    internal static Raster Still(SlideViewer viewer) => viewer.Slides is [var slide, ..] ? Picture(slide) : Raster.FromSamples(1, 1, 3, [255, 255, 255]);

    /// <summary>The slide with its first predictions over it, or by itself.</summary>
    static Raster Picture(ViewerSlide slide)
    {
        var at = Resolution.Baseline(Math.Min(1, (double)Side / Math.Max(slide.Slide.Size.Width, slide.Slide.Size.Height)));
        try
        {
            if (slide.Predictions is [{ Table: { Count: > 0 } table }, ..])
                return Overlay.Of(slide.Slide, PredictionMap.Of(table, new MapOptions { At = at }, Cell.Stop), alpha: 0.5).Pixels;
        }
        catch (BadInputException)
        {
            // What no map can be made of, the page shows nevertheless.
        }
        return slide.Slide.Thumbnail(at);
    }
}
