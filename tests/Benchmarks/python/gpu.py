"""The networks on a CUDA device as PyTorch runs them for who asks for no more: eager, channels last, batches of 256 patches of 224 px from memory.

Prints NETWORK PRECISION PATCHES_A_SECOND a line. float32 is without TF32, which drops 13 bits of each factor; tf32 is PyTorch's own default for convolutions.
"""
import sys, time

import numpy, torch, torchvision

BATCH, SECONDS = 256, 1.5
device = "cuda" if torch.cuda.is_available() else "cpu"
if device == "cpu":
    BATCH, SECONDS = 16, 0.2
patches = numpy.random.default_rng(1).integers(0, 256, (BATCH, 224, 224, 3), dtype=numpy.uint8)
mean, deviation = (torch.tensor(values, device=device).view(1, 3, 1, 1) for values in ([0.485, 0.456, 0.406], [0.229, 0.224, 0.225]))


@torch.inference_mode()
def rate(model, half):
    model = model.to(device).half() if half else model.to(device).float()

    def batch():
        rgb = torch.from_numpy(patches)
        if device == "cuda":
            rgb = rgb.pin_memory().to(device, non_blocking=True)
        x = (rgb.permute(0, 3, 1, 2).float().div_(255) - mean) / deviation
        return model(x.half() if half else x).float().cpu()

    for _ in range(3):
        batch()
    done, start = 0, time.perf_counter()
    while time.perf_counter() - start < SECONDS:
        batch()
        done += BATCH
    return done / (time.perf_counter() - start)


KNOWN = ("alexnet densenet121 densenet161 densenet169 densenet201 googlenet mobilenet_v2 mobilenet_v3_large mobilenet_v3_small resnet18 resnet34 resnet50 "
         "resnet101 resnext50_32x4d resnext101_32x8d wide_resnet50_2 wide_resnet101_2").split()

for name in sys.argv[1:] or KNOWN:
    extra = {"aux_logits": False, "init_weights": False} if name == "googlenet" else {}
    model = getattr(torchvision.models, name)(num_classes=9, **extra).eval().to(memory_format=torch.channels_last)
    for precision in ("float32", "tf32", "float16"):
        torch.backends.cudnn.allow_tf32 = precision == "tf32"
        if device == "cuda" or precision == "float32":
            print(name, precision, f"{rate(model, precision == 'float16'):.0f}", flush=True)
