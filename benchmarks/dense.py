"""One pass over the image against classifying every patch, with the same weights: time and multiply–adds."""

from time import perf_counter

import torch
from torch.nn import functional as F
from torch.utils.flop_counter import FlopCounterMode

from segbook.models import PatchClassifier

TITLE = "Every pixel at once, or patch by patch"
NOTE = (
    "A classifier of 61² patches (four stages, 16 channels) and chapter 3's of 29² (two), float32, every pixel of a "
    "mirrored image answered; the answers agree to 1e-5. The coarse grid has a pixel in 16² and in 4². Patches go "
    "through in batches of 256; at 256² every eighth row of them was classified and the time multiplied by eight. The "
    "best of three rounds for one pass, one round for patches. The share is the factor in time over the factor in "
    "multiply–adds."
)
SIZES = ((61, 4, 64), (61, 4, 128), (61, 4, 256), (29, 2, 256))  # patch, stages, image
BATCH = 256


def measure() -> list[dict]:
    """Time both at each size, after checking that they agree."""
    rows = []
    for patch, depth, size in SIZES:
        torch.manual_seed(0)
        model = PatchClassifier(1, 2, patch_size=patch, depth=depth).eval()
        with torch.no_grad():
            rows.append(_row(model, size))
    return rows


def _row(model: PatchClassifier, size: int) -> dict:
    patch, border = model.patch_size, (model.patch_size // 2,) * 4
    image = F.pad(torch.rand(1, 1, size, size), border, mode="reflect")
    every = 8 if size > 128 else 1
    sparse, dense, dilated = (lambda: _by_patches(model, image, every)), model.dense(), model.dilated()

    cost = _multiply_adds(lambda: model(image[:, :, :patch, :patch])) * size**2 / _multiply_adds(lambda: dilated(image))
    one_pass, answers = min((_timed(lambda: dilated(image)) for _ in range(3)), key=lambda pair: pair[0])
    coarse, _ = min((_timed(lambda: dense(image)) for _ in range(3)), key=lambda pair: pair[0])
    patches, expected = _timed(sparse)
    torch.testing.assert_close(answers[0, :, ::every].flatten(1).T, expected, rtol=1e-5, atol=1e-5)
    factor = patches * every / one_pass
    return {
        "patches": f"{patch}²",
        "image": f"{size}²",
        "patch by patch": f"{patches * every:.2f} s",
        "one pass, every pixel": f"{one_pass * 1e3:,.0f} ms",
        "one pass, coarse grid": f"{coarse * 1e3:,.1f} ms",
        "times faster": f"{factor:,.0f}",
        "times fewer multiply–adds": f"{cost:,.0f}",
        "share": f"{factor / cost:.2f}",
    }


def _by_patches(model: PatchClassifier, image: torch.Tensor, every: int) -> torch.Tensor:
    """Classify all patches of every `every`-th row, in reading order."""
    size = model.patch_size
    windows = image[0].unfold(1, size, every).unfold(2, size, 1).flatten(1, 2).transpose(0, 1)
    return torch.cat([model(windows[start : start + BATCH]) for start in range(0, len(windows), BATCH)])


def _timed(way) -> tuple[float, torch.Tensor]:
    start = perf_counter()
    answers = way()
    return perf_counter() - start, answers


def _multiply_adds(way) -> int:
    with FlopCounterMode(display=False) as counter:
        way()
    return counter.get_total_flops() // 2
