#!/usr/bin/python3
"""Makes the image files beside it and expected.json: for each file the size, channels, bits and the SHA-256 of the pixels as they must be read.

Pixels of lossless files are known before they are written; those of JPEG data come from OpenCV. Wherever OpenCV reads a file it must agree.
Needs Pillow, OpenCV, tifffile and tiffcp (Debian: python3-pil python3-opencv python3-tifffile libtiff-tools)."""
import hashlib, json, os, struct, subprocess, sys, zlib
import cv2, numpy as np, tifffile
from PIL import Image

os.chdir(os.path.dirname(os.path.abspath(__file__)))
expected, refused = {}, {}
rng = np.random.default_rng(int(sys.argv[1]) if len(sys.argv) > 1 else 7)


def picture(w, h, channels=3, bits=8):
    """Blobs on a slope with a little noise: smooth enough for JPEG, no two channels alike."""
    y, x = np.mgrid[0:h, 0:w] / 16.0
    planes = [0.5 + 0.3 * np.sin(x * (1 + c) + c) * np.cos(y * (2 - c / 3)) + 0.15 * (x + y) / (w + h) * 16 + rng.normal(0, 0.02, (h, w)) for c in range(channels)]
    a = np.clip(np.stack(planes, -1), 0, 1)
    a = np.round(a * (2**bits - 1)).astype(np.uint16 if bits > 8 else np.uint8)
    return a[:, :, 0] if channels == 1 else a


def expect(name, pixels, check=True, **more):
    pixels = np.ascontiguousarray(pixels)
    h, w = pixels.shape[:2]
    channels = 1 if pixels.ndim == 2 else pixels.shape[2]
    expected[name] = dict(width=w, height=h, channels=channels, bits=pixels.dtype.itemsize * 8, sha256=hashlib.sha256(pixels.tobytes()).hexdigest(), **more)
    if check:
        assert np.array_equal(opencv(name, pixels.dtype), pixels), name


def indices(a):
    """Of a file with a palette the digest of the entries' numbers, by which a mask counts."""
    return dict(maskSha256=hashlib.sha256(np.ascontiguousarray(a, np.uint8).tobytes()).hexdigest())


def opencv(name, dtype=np.uint8):
    """As OpenCV reads it, in RGB order; a JPEG with its orientation applied."""
    jpeg = name.endswith(".jpg")
    a = cv2.imread(name, cv2.IMREAD_UNCHANGED)
    if jpeg:
        a = cv2.imread(name, cv2.IMREAD_GRAYSCALE if a.ndim == 2 else cv2.IMREAD_COLOR)
    if a.ndim == 3:
        a = a[:, :, [2, 1, 0, 3][: a.shape[2]]]
    return np.ascontiguousarray(a)


# ---- PNG, written chunk by chunk, since Pillow writes few of its kinds

def png(name, samples, bits, color, interlace=False, palette=None, trns=None, extra=b""):
    """samples: (h, w, n) numbers as stored."""
    h, w, n = samples.shape

    def rows(a):
        out = bytearray()
        for i, row in enumerate(a):
            if bits == 16:
                data = row.astype(">u2").tobytes()
            elif bits == 8:
                data = row.astype(np.uint8).tobytes()
            else:
                v = row.reshape(-1)
                data = np.packbits(((v[:, None] >> np.arange(bits - 1, -1, -1)) & 1).astype(np.uint8).reshape(-1)).tobytes()
            step = max(1, n * bits // 8)
            out += (b"\0" + data) if i % 2 == 0 else b"\1" + bytes((data[k] - (data[k - step] if k >= step else 0)) & 255 for k in range(len(data)))
        return bytes(out)

    passes = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)] if interlace else [(0, 0, 1, 1)]
    data = b"".join(rows(samples[y0::dy, x0::dx]) for x0, y0, dx, dy in passes if samples[y0::dy, x0::dx].size)
    chunk = lambda kind, body: struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
    with open(name, "wb") as f:
        f.write(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", w, h, bits, color, 0, 0, int(interlace))) + extra)
        if palette is not None:
            f.write(chunk(b"PLTE", palette.astype(np.uint8).tobytes()))
        if trns is not None:
            f.write(chunk(b"tRNS", trns))
        packed = zlib.compress(data, 9)
        half = len(packed) // 2
        f.write(chunk(b"IDAT", packed[:half]) + chunk(b"IDAT", packed[half:]) + chunk(b"IEND", b""))
    return chunk


def scaled(samples, bits):
    return samples if bits >= 8 else (samples * (255 // (2**bits - 1))).astype(np.uint8)


W, H = 19, 13
for interlace in (False, True):
    i = "-interlaced" if interlace else ""
    for bits in (1, 2, 4, 8, 16):
        grey = picture(W, H, 1, bits)[:, :, None]
        png(f"grey{bits}{i}.png", grey, bits, 0, interlace)
        expect(f"grey{bits}{i}.png", scaled(grey, bits)[:, :, 0])
        # One value is see-through: RGBA. OpenCV ignores that, so it is not asked.
        key = int(grey[3, 5, 0])
        png(f"grey{bits}-trns{i}.png", grey, bits, 0, interlace, trns=struct.pack(">H", key))
        s = scaled(grey, bits)
        expect(f"grey{bits}-trns{i}.png", np.concatenate([s, s, s, np.where(grey == key, 0, 65535 if bits == 16 else 255).astype(s.dtype)], 2), check=False)
    for bits in (1, 2, 4, 8):
        index = picture(W, H, 1, bits)[:, :, None]
        palette = rng.integers(0, 256, (2**bits, 3))
        png(f"palette{bits}{i}.png", index, bits, 3, interlace, palette)
        expect(f"palette{bits}{i}.png", palette.astype(np.uint8)[index[:, :, 0]], **indices(index))
        alpha = np.r_[rng.integers(0, 256, 2**bits // 2), [255] * (2**bits - 2**bits // 2)]
        png(f"palette{bits}-trns{i}.png", index, bits, 3, interlace, palette, trns=bytes(alpha[: 2**bits // 2].tolist()))
        expect(f"palette{bits}-trns{i}.png", np.c_[palette, alpha].astype(np.uint8)[index[:, :, 0]], **indices(index))
    for bits in (8, 16):
        top = 2**bits - 1
        rgb = picture(W, H, 3, bits)
        png(f"rgb{bits}{i}.png", rgb, bits, 2, interlace)
        expect(f"rgb{bits}{i}.png", rgb)
        key = rgb[2, 7]
        png(f"rgb{bits}-trns{i}.png", rgb, bits, 2, interlace, trns=struct.pack(">HHH", *map(int, key)))
        expect(f"rgb{bits}-trns{i}.png", np.dstack([rgb, np.where((rgb == key).all(-1), 0, top).astype(rgb.dtype)]), check=False)
        rgba = picture(W, H, 4, bits)
        png(f"rgba{bits}{i}.png", rgba, bits, 6, interlace)
        expect(f"rgba{bits}{i}.png", rgba)
        ga = picture(W, H, 2, bits)
        png(f"grey-alpha{bits}{i}.png", ga, bits, 4, interlace)
        expect(f"grey-alpha{bits}{i}.png", ga[:, :, [0, 0, 0, 1]])
one = picture(1, 1, 3)
png("one-pixel.png", one, 8, 2)
expect("one-pixel.png", one)
grey = picture(W, H, 1)[:, :, None]
phys = lambda x, y, unit: (lambda body: struct.pack(">I", 9) + b"pHYs" + body + struct.pack(">I", zlib.crc32(b"pHYs" + body)))(struct.pack(">IIB", x, y, unit))
for name, x, y, unit, more in [("phys-half-micron", 2_000_000, 1_000_000, 1, dict(mpp=[0.5, 1.0])), ("phys-96dpi", 3780, 3780, 1, {}), ("phys-aspect", 2, 1, 0, {})]:
    png(f"{name}.png", grey, 8, 0, extra=phys(x, y, unit))
    expect(f"{name}.png", grey[:, :, 0], **more)

# ---- JPEG

def jpeg(name, a, more={}, **options):
    Image.fromarray(a).save(name, **options)
    expect(name, opencv(name), **more)


rgb = picture(61, 43)
for name, options in dict([("yuv444", dict(subsampling=0)), ("yuv422", dict(subsampling=1)), ("yuv420", dict(subsampling=2)),
                           ("progressive", dict(subsampling=2, progressive=True)), ("low-quality", dict(quality=10))]).items():
    jpeg(f"{name}.jpg", rgb, **{"quality": 85, **options})
jpeg("grey.jpg", rgb[:, :, 0], quality=85)
jpeg("one-pixel.jpg", rgb[:1, :1], quality=85)
subprocess.run(["cjpeg", "-sample", "1x2", "-quality", "85", "-outfile", "yuv440.jpg"], input=b"P6 61 43 255\n" + rgb.tobytes(), check=True)
subprocess.run(["cjpeg", "-sample", "4x1", "-quality", "85", "-outfile", "yuv411.jpg"], input=b"P6 61 43 255\n" + rgb.tobytes(), check=True)
subprocess.run(["cjpeg", "-sample", "3x2,1x2,1x1", "-quality", "85", "-outfile", "odd-sampling.jpg"], input=b"P6 61 43 255\n" + rgb.tobytes(), check=True)
subprocess.run(["cjpeg", "-rgb", "-quality", "85", "-outfile", "stored-as-rgb.jpg"], input=b"P6 61 43 255\n" + rgb.tobytes(), check=True)
subprocess.run(["cjpeg", "-arithmetic", "-quality", "85", "-outfile", "arithmetic.jpg"], input=b"P6 61 43 255\n" + rgb.tobytes(), check=True)
subprocess.run(["cjpeg", "-restart", "1", "-quality", "85", "-outfile", "restart.jpg"], input=b"P6 61 43 255\n" + rgb.tobytes(), check=True)
for name in ("yuv440", "yuv411", "odd-sampling", "stored-as-rgb", "arithmetic", "restart"):
    expect(f"{name}.jpg", opencv(f"{name}.jpg"))
for o in range(1, 9):
    exif = Image.Exif()
    exif[0x112] = o
    jpeg(f"orientation{o}.jpg", rgb, quality=85, exif=exif)
upright = Image.open("orientation6.jpg").transpose(Image.Transpose.ROTATE_270)
assert np.array_equal(np.asarray(upright), opencv("orientation6.jpg"))
jpeg("jfif-20000-per-cm.jpg", rgb, dict(mpp=[0.5, 0.5]), quality=60, dpi=(50800, 50800))
jpeg("jfif-300dpi.jpg", rgb, quality=60, dpi=(300, 300))
exif = Image.Exif()
exif[0x112], exif[0x11A], exif[0x11B], exif[0x128] = 6, 10000.0, 20000.0, 3
jpeg("exif-resolution-on-its-side.jpg", rgb, dict(mpp=[0.5, 1.0]), quality=60, exif=exif)
Image.fromarray(rgb).convert("CMYK").save("cmyk.jpg")
refused["cmyk.jpg"] = "CMYK"

# ---- TIFF

def tiff(name, pixels, shown=None, check=True, more={}, **options):
    tifffile.imwrite(name, pixels, **options)
    expect(name, pixels if shown is None else shown, check, **more)


rgb, rgb16, grey, grey16 = picture(45, 31), picture(45, 31, 3, 16), picture(45, 31, 1), picture(45, 31, 1, 16)
rgba, rgba16 = picture(45, 31, 4), picture(45, 31, 4, 16)
for kind, a, photometric in (("rgb", rgb, "rgb"), ("rgb16", rgb16, "rgb"), ("grey", grey, "minisblack"), ("grey16", grey16, "minisblack")):
    tiff(f"{kind}-strips.tif", a, photometric=photometric, rowsperstrip=7)
    tiff(f"{kind}-deflate-big-endian.tif", a, photometric=photometric, rowsperstrip=10, compression="zlib", byteorder=">", predictor=False)
    tiff(f"{kind}-tiles.tif", a, photometric=photometric, tile=(16, 32), compression="zlib")
    tiff(f"{kind}-bigtiff.tif", a, photometric=photometric, bigtiff=True, compression="zlib", rowsperstrip=31)
    Image.fromarray(a).save(f"{kind}-lzw.tif", compression="tiff_lzw") if kind != "rgb16" else subprocess.run(["tiffcp", "-c", "lzw:2", "rgb16-strips.tif", "rgb16-lzw.tif"], check=True)
    expect(f"{kind}-lzw.tif", a)
for kind, a in (("rgb", rgb), ("rgb16", rgb16)):
    planes = np.ascontiguousarray(np.moveaxis(a, 2, 0))
    tiff(f"{kind}-planes.tif", planes, a, check=False, photometric="rgb", planarconfig="separate", rowsperstrip=8, compression="zlib")
    tiff(f"{kind}-planes-tiles.tif", planes, a, check=False, photometric="rgb", planarconfig="separate", tile=(32, 16), compression="zlib")
Image.fromarray(rgb).save("rgb-packbits.tif", compression="packbits")
expect("rgb-packbits.tif", rgb)
subprocess.run(["tiffcp", "-c", "zip:2", "rgb-strips.tif", "rgb-predictor.tif"], check=True)
expect("rgb-predictor.tif", rgb)
tiff("grey-white-is-zero.tif", grey, 255 - grey, check=False, photometric="miniswhite", rowsperstrip=9)
tiff("grey16-white-is-zero.tif", grey16, 65535 - grey16, check=False, photometric="miniswhite", rowsperstrip=9)
for bits, kind in ((8, ""), (16, "16")):
    top, a = 2**bits - 1, rgba if bits == 8 else rgba16
    tiff(f"rgba{kind}.tif", a, photometric="rgb", extrasamples=["unassalpha"], compression="zlib", check=bits == 16)
    low = (a.astype(np.uint64)[:, :, :3] * a[:, :, 3:] // top).astype(a.dtype)
    low = np.dstack([low, a[:, :, 3]])
    low[5, 5] = 0
    back = np.where(low[:, :, 3:] == 0, 0, np.minimum(top, low[:, :, :3].astype(np.uint64) * top // np.maximum(low[:, :, 3:], 1))).astype(a.dtype)
    tiff(f"rgba{kind}-premultiplied.tif", low, np.dstack([back, low[:, :, 3]]), check=False, photometric="rgb", extrasamples=["assocalpha"], compression="zlib")
assert np.array_equal(np.asarray(Image.open("rgba.tif")), rgba)
pil = Image.open("rgba-premultiplied.tif")
assert pil.mode == "RGBA" and hashlib.sha256(pil.tobytes()).hexdigest() == expected["rgba-premultiplied.tif"]["sha256"]
tiff("rgb-and-unnamed.tif", rgba, rgba[:, :, :3], check=False, photometric="rgb", extrasamples=["unspecified"], compression="zlib")
tiff("grey-alpha.tif", rgba[:, :, :2], rgba[:, :, [0, 0, 0, 1]], check=False, photometric="minisblack", extrasamples=["unassalpha"], planarconfig="contig", compression="zlib")
index = picture(45, 31, 1)
palette = rng.integers(0, 65536, (3, 256)).astype(np.uint16)
tiff("palette.tif", index, np.moveaxis((palette >> 8).astype(np.uint8)[:, index], 0, 2), check=False, more=indices(index), photometric="palette", colormap=palette, compression="zlib")
small = Image.fromarray(index >> 4, "P")
small.putpalette(rng.integers(0, 256, 48).astype(np.uint8).tobytes())
small.save("pil-palette.tif", compression="tiff_lzw")
expect("pil-palette.tif", np.asarray(small.convert("RGB")), **indices(index >> 4))
bilevel = Image.fromarray(index).convert("1")
for method in ("group4", "group3", "tiff_ccitt", "tiff_lzw"):
    bilevel.save(f"bilevel-{method}.tif", compression=method)
    expect(f"bilevel-{method}.tif", np.asarray(bilevel).astype(np.uint8) * 255, check=False)
for bits in (2, 4):
    v = picture(45, 31, 1, bits)
    step = 8 // bits
    padded = np.pad(v, ((0, 0), (0, -45 % step)))
    packed = sum(padded[:, k::step] << (8 - bits * (k + 1)) for k in range(step)).astype(np.uint8)
    tags = [(256, 4, 45), (257, 4, 31), (258, 3, bits), (259, 3, 1), (262, 3, 1), (273, 4, 0), (277, 3, 1), (278, 4, 31), (279, 4, packed.size)]
    at = 8 + 2 + 12 * len(tags) + 4
    with open(f"grey{bits}.tif", "wb") as f:
        f.write(struct.pack("<2sHIH", b"II", 42, 8, len(tags)) + b"".join(struct.pack("<HHII", t, k, 1, at if t == 273 else x) for t, k, x in tags) + bytes(4) + packed.tobytes())
    expect(f"grey{bits}.tif", scaled(v, bits), check=False)
for name, options in (("jpeg-strips", ["-r", "16"]), ("jpeg-tiles", ["-t", "-w", "32", "-l", "16"])):
    subprocess.run(["tiffcp", "-c", "jpeg:r:85", *options, "rgb-strips.tif", f"rgb-{name}.tif"], check=True)
    subprocess.run(["tiffcp", "-c", "jpeg:85", *options, "rgb-strips.tif", f"ycbcr-{name}.tif"], check=True)
    for kind in ("rgb", "ycbcr"):
        expect(f"{kind}-{name}.tif", opencv(f"{kind}-{name}.tif"))
Image.fromarray(rgb).convert("YCbCr").save("ycbcr-raw.tif", compression="tiff_lzw")
expect("ycbcr-raw.tif", opencv("ycbcr-raw.tif"))
subprocess.run(["tiffcp", "-c", "jpeg:85", "-r", "16", "grey-strips.tif", "grey-jpeg.tif"], check=True)
expect("grey-jpeg.tif", opencv("grey-jpeg.tif"))
turned = {1: rgb, 2: rgb[:, ::-1], 3: rgb[::-1, ::-1], 4: rgb[::-1], 5: np.swapaxes(rgb, 0, 1), 6: np.rot90(rgb, 3), 7: np.swapaxes(rgb[::-1, ::-1], 0, 1), 8: np.rot90(rgb)}
for o, a in turned.items():
    tiff(f"orientation{o}.tif", rgb, a, check=False, photometric="rgb", compression="zlib", rowsperstrip=31, extratags=[(274, 3, 1, o, True)])
for kind, a in (("grey", grey), ("grey16", grey16), ("rgb16", rgb16), ("rgba", rgba), ("rgba16", rgba16)):
    tiff(f"orientation6-{kind}.tif", a, np.rot90(a, 3), check=False, photometric="rgb" if a.ndim == 3 else "minisblack", compression="zlib",
         extratags=[(274, 3, 1, 6, True)], extrasamples=["unassalpha"] if kind.startswith("rgba") else None)
little = picture(9, 7, 1)
stated = [("inch", dict(resolution=(50800, 25400, "INCH")), dict(mpp=[0.5, 1.0])), ("cm", dict(resolution=(40000, 40000, "CENTIMETER")), dict(mpp=[0.25, 0.25])),
          ("72dpi", dict(resolution=(72, 72, "INCH")), {}), ("no-unit", dict(resolution=(4, 4, "NONE")), {}),
          ("aperio", dict(resolution=(72, 72, "INCH"), description="Aperio Image Library v11\n9x7 |AppMag = 20|MPP = 0.4990"), dict(mpp=[0.499, 0.499], magnification=20)),
          ("imagej", dict(resolution=(4, 2, "NONE"), description="ImageJ=1.53t\nunit=micron\nloop=false\n"), dict(mpp=[0.25, 0.5])),
          ("ome", dict(description='<?xml version="1.0"?><OME><Image><Pixels PhysicalSizeX="0.25" PhysicalSizeY="0.5"/></Image></OME>'), dict(mpp=[0.25, 0.5]))]
for name, options, more in stated:
    tiff(f"resolution-{name}.tif", little, more=more, photometric="minisblack", metadata=None, **options)
for name, a, options, words in (("float", grey / np.float32(255), {}, "real numbers"), ("32bit", grey.astype(np.uint32), {}, "32 bits"), ("signed", grey.astype(np.int16), {}, "signed"),
                                ("cmyk", rgba, dict(photometric="separated"), "CMYK"),
                                ("five-channels", np.dstack([grey] * 5), dict(planarconfig="contig"), "5 channels")):
    tifffile.imwrite(f"{name}.tif", a[:5, :5], **{"photometric": "minisblack", **options})
    refused[f"{name}.tif"] = words
small = Image.fromarray(rgb)
for name in ("gif.gif", "bmp.bmp", "webp.webp", "jp2.jp2"):
    Image.fromarray(rgb[:4, :4]).save(name)
    if name == "gif.gif":
        refused[name] = "a GIF"
    else:
        expect(name, np.array(Image.open(name)), check=False)

with open("expected.json", "w") as f:
    f.write('{\n"images": {\n' + ",\n".join(f"{json.dumps(k)}: {json.dumps(v)}" for k, v in expected.items()) + '\n},\n"refused": ' + json.dumps(refused, indent=1) + "\n}\n")
