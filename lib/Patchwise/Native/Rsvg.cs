using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Patchwise;

/// <summary>Draws SVG text on white, to a PNG file, with librsvg and cairo.</summary>
static unsafe partial class Rsvg
{
    const int Argb32 = 0, LargestSide = 32_000;
    const uint Unlimited = 1;

    static Rsvg() => NativeLibraries.Register();

    /// <summary>The file's bytes, <paramref name="scale"/> px for each px of the drawing; less where cairo's largest image asks for it.</summary>
    internal static byte[] ToPng(string svg, double scale)
    {
        using var drawing = rsvg_handle_new_with_flags(Unlimited);
        rsvg_handle_set_dpi(drawing, 96);
        var text = Encoding.UTF8.GetBytes(svg);
        GError* error;
        fixed (byte* bytes = text)
            if (rsvg_handle_write(drawing, bytes, (nuint)text.Length, &error) == 0 || rsvg_handle_close(drawing, &error) == 0)
                throw Failed(error);
        double width, height;
        if (rsvg_handle_get_intrinsic_size_in_pixels(drawing, &width, &height) == 0)
            throw new PatchwiseException("the drawing states no size in px");
        scale = Math.Min(scale, LargestSide / Math.Max(width, height));

        using var surface = cairo_image_surface_create(Argb32, (int)Math.Ceiling(width * scale), (int)Math.Ceiling(height * scale));
        Check(cairo_surface_status(surface));
        using (var canvas = cairo_create(surface))
        {
            cairo_set_source_rgb(canvas, 1, 1, 1);
            cairo_paint(canvas);
            cairo_scale(canvas, scale, scale);
            var viewport = new Rectangle { Width = width, Height = height };
            if (rsvg_handle_render_document(drawing, canvas, &viewport, &error) == 0)
                throw Failed(error);
        }
        using var file = new MemoryStream();
        Write(surface, file);
        return file.ToArray();
    }

    /// <summary>Some rows at a time, so that the pixels are not held twice.</summary>
    static void Write(Surface surface, Stream stream)
    {
        const int Rows = 16;
        cairo_surface_flush(surface);
        var size = new PixelSize(cairo_image_surface_get_width(surface), cairo_image_surface_get_height(surface));
        var pixels = (uint*)cairo_image_surface_get_data(surface);
        using var png = new PngWriter(stream, size, 3, 8, null);
        Raster? strip = null;
        for (var y = 0; y < size.Height; y += Rows)
        {
            var part = size with { Height = Math.Min(Rows, size.Height - y) };
            strip = ArgbPixels.ToRaster(new(pixels + (long)y * size.Width, (int)part.Area), part, strip);
            png.Write(strip.Data);
        }
        png.End();
    }

    static void Check(int status)
    {
        if (status != 0)
            throw new PatchwiseException($"the drawing could not be made: cairo says {Marshal.PtrToStringUTF8(cairo_status_to_string(status))}");
    }

    static PatchwiseException Failed(GError* error)
    {
        var says = error is null ? "nothing" : Marshal.PtrToStringUTF8(error->Message);
        g_error_free(error);
        return new($"the drawing could not be made: librsvg says {says}");
    }

    readonly record struct GError(uint Domain, int Code, nint Message);

    struct Rectangle
    {
        public double X, Y, Width, Height;
    }

    sealed class Drawing() : SafeHandleZeroOrMinusOneIsInvalid(true)
    {
        protected override bool ReleaseHandle()
        {
            g_object_unref(handle);
            return true;
        }
    }

    sealed class Surface() : SafeHandleZeroOrMinusOneIsInvalid(true)
    {
        protected override bool ReleaseHandle()
        {
            cairo_surface_destroy(handle);
            return true;
        }
    }

    sealed class Canvas() : SafeHandleZeroOrMinusOneIsInvalid(true)
    {
        protected override bool ReleaseHandle()
        {
            cairo_destroy(handle);
            return true;
        }
    }

    [LibraryImport(NativeLibraries.Rsvg)]
    private static partial Drawing rsvg_handle_new_with_flags(uint flags);

    [LibraryImport(NativeLibraries.Rsvg)]
    private static partial void rsvg_handle_set_dpi(Drawing handle, double dpi);

    [LibraryImport(NativeLibraries.Rsvg)]
    private static partial int rsvg_handle_write(Drawing handle, byte* bytes, nuint count, GError** error);

    [LibraryImport(NativeLibraries.Rsvg)]
    private static partial int rsvg_handle_close(Drawing handle, GError** error);

    [LibraryImport(NativeLibraries.Rsvg)]
    private static partial int rsvg_handle_get_intrinsic_size_in_pixels(Drawing handle, double* width, double* height);

    [LibraryImport(NativeLibraries.Rsvg)]
    private static partial int rsvg_handle_render_document(Drawing handle, Canvas canvas, Rectangle* viewport, GError** error);

    // librsvg stands on GLib, whose names are found through it.
    [LibraryImport(NativeLibraries.Rsvg)]
    private static partial void g_object_unref(nint handle);

    [LibraryImport(NativeLibraries.Rsvg)]
    private static partial void g_error_free(GError* error);

    [LibraryImport(NativeLibraries.Cairo)]
    private static partial Surface cairo_image_surface_create(int format, int width, int height);

    [LibraryImport(NativeLibraries.Cairo)]
    private static partial int cairo_surface_status(Surface surface);

    [LibraryImport(NativeLibraries.Cairo)]
    private static partial Canvas cairo_create(Surface surface);

    [LibraryImport(NativeLibraries.Cairo)]
    private static partial void cairo_set_source_rgb(Canvas canvas, double red, double green, double blue);

    [LibraryImport(NativeLibraries.Cairo)]
    private static partial void cairo_paint(Canvas canvas);

    [LibraryImport(NativeLibraries.Cairo)]
    private static partial void cairo_scale(Canvas canvas, double x, double y);

    [LibraryImport(NativeLibraries.Cairo)]
    private static partial void cairo_surface_flush(Surface surface);

    [LibraryImport(NativeLibraries.Cairo)]
    private static partial byte* cairo_image_surface_get_data(Surface surface);

    [LibraryImport(NativeLibraries.Cairo)]
    private static partial int cairo_image_surface_get_width(Surface surface);

    [LibraryImport(NativeLibraries.Cairo)]
    private static partial int cairo_image_surface_get_height(Surface surface);

    [LibraryImport(NativeLibraries.Cairo)]
    private static partial nint cairo_status_to_string(int status);

    [LibraryImport(NativeLibraries.Cairo)]
    private static partial void cairo_surface_destroy(nint surface);

    [LibraryImport(NativeLibraries.Cairo)]
    private static partial void cairo_destroy(nint canvas);
}
