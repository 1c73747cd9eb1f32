"""Images of several pages and channels, drawn for this purpose: pixel (2, 1) of page or channel k is 20 k + 1. Debian: python3-numpy -tifffile."""
import os
import numpy as np, tifffile

os.chdir(os.path.join(os.path.dirname(os.path.abspath(__file__)), "images"))
yy, xx = np.mgrid[:30, :40]
page = lambda k: (k * 20 + np.where((xx == 2) & (yy == 1), 1, (xx + yy) % 7)).astype(np.uint8)
stack = lambda n: np.stack([page(k) for k in range(n)])

tifffile.imwrite("fluorescence.tif", stack(3), photometric="minisblack", compression="zlib")
tifffile.imwrite("hyperstack.tif", stack(6).reshape(3, 2, 30, 40), imagej=True)
tifffile.imwrite("ome.tif", stack(3), photometric="minisblack", compression="zlib", metadata=None, description='<?xml version="1.0"?><OME><Image><Pixels>'
                 '<Channel ID="0" Name="DAPI"/><Channel ID="1" Name="FITC"/><Channel ID="2" Name="Cy5"/></Pixels></Image></OME>')
with tifffile.TiffWriter("qptiff.tif") as file:
    for k, name in enumerate(("DAPI", "FITC", "Cy5")):
        file.write(page(k), tile=(16, 16), compression="zlib", metadata=None, photometric="minisblack",
                   description=f"<PerkinElmer-QPI-ImageDescription><Name>{name}</Name></PerkinElmer-QPI-ImageDescription>")
    file.write(np.zeros((10, 12, 3), np.uint8), photometric="rgb", metadata=None)
    for k in range(3):
        file.write(page(k)[::2, ::2], tile=(16, 16), compression="zlib", metadata=None, photometric="minisblack", subfiletype=1)
with tifffile.TiffWriter("with-thumbnail.tif") as file:
    file.write(page(0), compression="zlib", metadata=None, photometric="minisblack")
    file.write(page(0)[::2, ::2], compression="zlib", metadata=None, photometric="minisblack")
tifffile.imwrite("channels-planes.tif", stack(5), photometric="minisblack", planarconfig="separate", compression="zlib")
tifffile.imwrite("channels.tif", np.moveaxis(stack(5), 0, -1).copy(), photometric="minisblack", planarconfig="contig", compression="zlib")
