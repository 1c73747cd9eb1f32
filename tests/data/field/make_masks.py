"""Masks as people save them, drawn for this purpose, and what is right for each: masks/expected.json. Debian: python3-numpy -pil -tifffile.

q75.jpg, q95.jpg, right.png, classes.png and wide-*.tif stand beside them as they were reported; the rest is written anew by this script.
"""
import json, os, struct
import numpy as np, tifffile
from PIL import Image, ImageFilter

os.chdir(os.path.join(os.path.dirname(os.path.abspath(__file__)), "masks"))
DISCS = [[255, a] for a in (1941, 1245, 697, 2809, 1005, 1513)]
CLASSES = [[1, 400], [3, 600], [1, 600], [2, 600], [2, 800], [3, 600]]
expected = {"q75.jpg": dict(objects=DISCS, note="nearly all near 0 and 255"), "q95.jpg": dict(objects=DISCS, note="nearly all near 0 and 255"),
            "right.png": dict(objects=DISCS), "classes.png": dict(objects=CLASSES)}
for name in ("int16", "int32", "int64", "uint32", "uint64", "float32"):
    expected[f"wide-{name}.tif"] = dict(objects=[[1, 600], [2, 700]])
expected["wide-above65535.tif"] = dict(objects=[[70000, 600], [70001, 700]])


def objects(labels):
    """Value and area of the 8-connected pixels of equal value, by their first pixel."""
    todo, found = np.array(labels).astype(object), []
    for y, x in zip(*np.nonzero(todo)):
        value, open_, area = todo[y, x], [(y, x)], 0
        if value == 0:
            continue
        todo[y, x] = 0
        while open_:
            cy, cx = open_.pop()
            area += 1
            for v in range(max(0, cy - 1), min(todo.shape[0], cy + 2)):
                for u in range(max(0, cx - 1), min(todo.shape[1], cx + 2)):
                    if todo[v, u] == value:
                        todo[v, u] = 0
                        open_.append((v, u))
        found.append([int(value), area])
    return found


def right(name, labels, **more):
    expected[name] = dict(objects=objects(labels), **more)


def refused(name, word, **more):
    expected[name] = dict(refused=word, **more)


yy, xx = np.mgrid[:60, :80]
disc = lambda cy, cx, r: (yy - cy) ** 2 + (xx - cx) ** 2 <= r * r
binary = disc(15, 18, 9) | disc(38, 52, 14) | disc(45, 14, 7)
black_white = np.where(binary, 255, 0).astype(np.uint8)
labels = np.zeros((60, 80), np.int64)
for i, (cy, cx, r) in enumerate(((15, 18, 9), (38, 52, 14), (45, 14, 7), (10, 60, 6))):
    labels[disc(cy, cx, r)] = i + 1
image = lambda a: Image.fromarray(a)
soft = lambda a, sigma: np.array(image(a).filter(ImageFilter.GaussianBlur(sigma)))
NEAR = dict(note="nearly all near")

# In-between values: of lossy files and of soft edges, binary in kind, or not
for name, kind in (("jpeg-10.jpg", dict(quality=10)), ("jpeg-100.jpg", dict(quality=100)), ("lossy.webp", dict(quality=60))):
    image(np.dstack([black_white] * 3) if name.endswith("webp") else black_white).save(name, **kind)
    right(name, np.where(np.array(Image.open(name).convert("L")) > 127, 255, 0), **NEAR)
for name, a in (("soft.png", soft(black_white, 1.5)), ("resized.png", np.array(image(black_white).resize((200, 150), Image.BICUBIC))),
                ("twice.png", np.array(image(black_white).resize((160, 120), Image.BILINEAR)))):
    image(a).save(name, optimize=True)
    right(name, np.where(a > 127, 255, 0), **NEAR)
a = soft(black_white, 1).astype(np.float32) / 255
tifffile.imwrite("soft-float.tif", a, compression="zlib")
right("soft-float.tif", np.where(a > 0.5, 255, 0), **NEAR)
image(np.where(labels > 2, 255, labels * 80).astype(np.uint8)).save("classes.jpg", quality=80)
refused("classes.jpg", "threshold: 127")
image(np.array(image(labels.astype(np.uint8) * 60).resize((200, 150), Image.BILINEAR))).save("classes-resized.png", optimize=True)
refused("classes-resized.png", "threshold: 127")
tifffile.imwrite("probabilities.tif", np.random.default_rng(1).random((60, 80)).astype(np.float16), compression="zlib")
refused("probabilities.tif", "fractions")
expected["probabilities.tif at 0.5"] = dict(threshold=0.5, objects=objects(np.where(tifffile.imread("probabilities.tif") > 0.5, 255, 0)))

# Palettes of every format
paletted = image(labels.astype(np.uint8))
paletted.putpalette([0, 0, 0, 128, 0, 0, 0, 128, 0, 128, 128, 0, 128, 0, 0])
for name in ("palette.png", "palette.tif", "palette.bmp"):
    paletted.save(name)
    right(name, labels)
tifffile.imwrite("palette-16-entries.tif", labels.astype(np.uint8), photometric="palette",
                 colormap=np.random.default_rng(2).integers(0, 65535, (3, 256)).astype(np.uint16))
right("palette-16-entries.tif", labels)

# Numbers of other widths, and what programs write
for dtype in ("int8", "uint8", "uint16", "float64", "float16"):
    tifffile.imwrite(f"{dtype}.tif", labels.astype(dtype), compression="zlib", predictor=dtype in ("uint8", "uint16"))
    right(f"{dtype}.tif", labels)
tifffile.imwrite("beyond-32-bits.tif", np.where(labels > 0, labels + 2 ** 40, 0), compression="zlib")
right("beyond-32-bits.tif", np.where(labels > 0, labels + 2 ** 40, 0))
tifffile.imwrite("many.tif", (np.arange(300 * 301).reshape(300, 301) + 1).astype(np.int32), compression="zlib", predictor=True)
expected["many.tif"] = dict(count=300 * 301)
a = labels.copy()
a[binary ^ np.roll(binary, 1, 0)] = -1
tifffile.imwrite("watershed.tif", a.astype(np.int32), compression="zlib")
right("watershed.tif", np.maximum(a, 0), note="negative")
tifffile.imwrite("all-negative.tif", -black_white.clip(0, 1).astype(np.int8), compression="zlib")
refused("all-negative.tif", "0 or negative")
tifffile.imwrite("stardist.tif", labels.astype(np.uint16), compression="zlib")
right("stardist.tif", labels)
tifffile.imwrite("imagej.tif", labels.astype(np.uint16), imagej=True)
right("imagej.tif", labels)
tifffile.imwrite("big.tif", labels.astype(np.int32), bigtiff=True, tile=(16, 16), compression="zlib")
right("big.tif", labels)
image(labels.astype(np.uint16)).save("cellpose.png")
right("cellpose.png", labels)
image(labels.astype(np.uint8)).save("lossless.jp2")
right("lossless.jp2", labels)
image(np.dstack([labels.astype(np.uint8)] * 3)).save("lossless.webp", lossless=True)
right("lossless.webp", labels)
image(np.dstack([labels.astype(np.uint8)] * 3)).save("grey-in-rgb.png")
right("grey-in-rgb.png", labels)
for dtype in ("bool", "int8", "uint8", ">i2", "<u4", ">i8", "<f4", ">f8"):
    name = f"{dtype.replace('<', 'le-').replace('>', 'be-')}.npy"
    np.save(name, (labels > 0 if dtype == "bool" else labels).astype(dtype))
    right(name, (labels > 0).astype(int) if dtype == "bool" else labels)
np.save("fortran.npy", np.asfortranarray(labels.astype(np.uint16)))
right("fortran.npy", labels)
for version in ((2, 0), (3, 0)):
    with open(f"version{version[0]}.npy", "wb") as file:
        np.lib.format.write_array(file, labels.astype(np.uint16)[..., None], version=version)
    right(f"version{version[0]}.npy", labels)
np.save("seg.npy", dict(masks=labels.astype(np.uint8)[:8, :8]), allow_pickle=True)
refused("seg.npy", "data['masks']")
np.save("pages.npy", np.stack([labels, labels[::-1]]).astype(np.uint8))
refused("pages.npy", "page: 0")
right("pages.npy page 1", labels[::-1], page=1)

# Pages, channels, opacity, black and white
tifffile.imwrite("bool.tif", binary)
right("bool.tif", binary.astype(int), note="0 is white")
tifffile.imwrite("white-is-zero.tif", black_white, photometric="miniswhite", compression="zlib")
right("white-is-zero.tif", black_white, note="0 is white")
image(binary).save("group4.tif", compression="group4")
right("group4.tif", binary.astype(int))
image(binary).save("bits.png")
right("bits.png", binary.astype(int))
tifffile.imwrite("exchanged.tif", 255 - black_white, compression="zlib")
right("exchanged.tif", 255 - black_white, note="touches all its edges")
tifffile.imwrite("pages.tif", np.stack([labels, labels.T[:60, :60].repeat(2, 1)[:, :80], labels[::-1]]).astype(np.uint16), photometric="minisblack", compression="zlib")
refused("pages.tif", "3 pages")
right("pages.tif page 2", labels[::-1], page=2)
refused("pages.tif page 3", "0 to 2", page=3)
tifffile.imwrite("hyperstack.tif", np.stack([labels, labels[:, ::-1]]).astype(np.uint16)[:, None], imagej=True)
refused("hyperstack.tif", "2 pages")
right("hyperstack.tif page 1", labels[:, ::-1], page=1)
tifffile.imwrite("planes.tif", np.stack([labels, labels[::-1], labels * 0, labels, labels]).astype(np.uint16), photometric="minisblack",
                 planarconfig="separate", compression="zlib")
refused("planes.tif", "5 channels")
right("planes.tif channel 1", labels[::-1], channel=1)
image(np.dstack([black_white, np.roll(black_white, 9, 1), black_white * 0])).save("colors.png")
refused("colors.png", "in color")
right("colors.png channel 1", np.roll(black_white, 9, 1), channel=1)
image(np.dstack([black_white * 0] * 3 + [black_white])).save("opacity.png")
refused("opacity.png", "opacity")
right("opacity.png channel 3", black_white, channel=3)

json.dump(expected, open("expected.json", "w"), indent=0)
