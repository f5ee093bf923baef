"""Does a network label pixels better if it sees more of their surroundings, and nothing else differs?

Chapter 3 quotes this. All networks have the same form, that of the chapter's classifier of patches; of each patch they
see the middle n × n pixels, and the rest is filled with the value of the centre. The test images are scored as they
are, and with a broad glow added to each, as one of them has it by nature. Beside the networks stand Otsu's threshold
and remedies for uneven light that need no training, whose settings are chosen on the training images with glows of
their own.
"""

from collections.abc import Callable

import numpy as np
import torch
from patch_size import (
    EVERY,
    GLOWS,
    LESSON,
    LESSONS,
    PEAKS,
    SEEDS,
    SHOWN,
    STEPS,
    TEST,
    WIDTHS,
    at_a_and_b,
    by_otsu,
    cut,
    glows,
    iou,
    load,
    network,
    spread,
    teach,
)
from scipy import ndimage
from skimage.filters import threshold_local, threshold_otsu
from torch import Tensor, nn
from torch.nn import functional as F
from torch.utils.data import TensorDataset

TITLE = "How much a patch shows of the surroundings"
P = 29
SEEN = (1, 5, 9, 17)  # pixels on a side that a network sees; patch_size.py has those that see the whole patch
GLOW = next(iter(GLOWS))  # each training patch is made brighter by a random constant
SETS = ("as they are", "with glows")
WITHOUT = "without the glow"
OTSU, NOTHING, PERFECT = "Otsu's threshold", "background everywhere", "the truth"
LOCAL, MINUS, TOPHAT = "local threshold", f"{OTSU} after subtracting a blurred image", f"{OTSU} after a top-hat"
NOTE = (
    f"Chapter 3's classifier of patches of {P} × {P} pixels, of which it sees only the middle n × n: all others are "
    f"filled with the value of the centre, in training and in the test. Trained for {STEPS:,} steps on {LESSONS} "
    f"random pixels of each of the 36 training images of nuclei, with {len(SEEDS)} seeds; each training patch is made "
    f"brighter by a random constant of up to {GLOWS[GLOW]}, or stays as it is. Scored on the 18 test images together, "
    "as they are and with a glow added to each: a Gaussian bump with its centre anywhere in the image, a "
    f"standard deviation of {WIDTHS[0]} to {WIDTHS[1]} pixels and a peak of {PEAKS[0]} to {PEAKS[1]}, all uniform "
    f"(seed {TEST}). Scored on every {EVERY}th pixel of every {EVERY}th row, mirrored at the border. 'One image' is "
    "the test image of the chapter as it is, with the glow that it has by nature, 'without the glow' the other 17. "
    "The local threshold is the mean of a Gaussian window plus a constant; the blurred image is that of a Gaussian; "
    "the top-hat subtracts what an "
    "opening with a square leaves. Their settings are those with the highest IoU on all pixels of the training images"
    f" with glows (seed {LESSON}). IoU of the nuclei, mean ± standard deviation over the seeds, and the share of "
    "pixels with the right label."
)


class Middle(nn.Module):
    """Show the middle of each patch, and fill the rest with the value of its centre.

    >>> Middle(1)(torch.tensor([[[[1.0, 2, 3], [4, 5, 6], [7, 8, 9]]]])).unique().tolist()
    [5.0]
    """

    def __init__(self, seen: int):
        super().__init__()
        self.seen = seen

    def forward(self, patches: Tensor) -> Tensor:
        """Hide what lies further than seen // 2 from the centre (N, 1, P, P)."""
        centre = patches.shape[-1] // 2
        near = (torch.arange(patches.shape[-1]) - centre).abs() <= self.seen // 2
        return torch.where(near[:, None] & near, patches, patches[..., centre, None, centre, None])


def measure() -> list[dict]:
    """Choose the remedies' settings, then train every network with every seed, and score all of them."""
    torch.set_num_threads(1)
    lessons, (images, labels) = load("train"), load("test")
    sets = dict(zip(SETS, (images, images + glows(images, TEST)), strict=True))
    glowing = lessons[0] + glows(lessons[0], LESSON)
    rows = [
        {"answer": OTSU} | scores({name: by_otsu(test) for name, test in sets.items()}, labels),
        {"answer": NOTHING} | scores(dict.fromkeys(sets, torch.zeros_like(labels)), labels),
        {"answer": PERFECT} | scores(dict.fromkeys(sets, labels), labels),
    ]
    for name, (remedy, settings) in REMEDIES.items():
        tried = {setting: iou(labelled(remedy, glowing, setting), lessons[1]) for setting in settings}
        best = max(tried, key=tried.get)
        row = {"answer": name, "setting": best, "IoU in training": tried[best]}
        rows.append(row | scores({kind: labelled(remedy, test, best) for kind, test in sets.items()}, labels))
        print(rows[-1], flush=True)
    for seed in SEEDS:
        for kind, glow in GLOWS.items():
            patches = cut(*lessons, P, glow, seed)
            for seen in SEEN:
                rows.append(one_row(kind, seen, seed, patches, sets, labels))
                print(rows[-1], flush=True)
    return rows


def showing(seen: int) -> nn.Sequential:
    """Build the chapter's network behind a layer that shows only the middle of each patch."""
    model = nn.Sequential(Middle(seen), network(P))
    model.patch_size = P
    return model


def one_row(kind: str, seen: int, seed: int, patches: TensorDataset, sets: dict[str, Tensor], labels: Tensor) -> dict:
    """Train one network and score it."""
    torch.manual_seed(seed)
    model = teach(showing(seen), patches, seed)
    answers = {name: on_the_grid(model, test) for name, test in sets.items()}
    row = {"answer": "network", "n": seen, "patches": kind, "seed": seed}
    row |= scores(answers, labels[:, ::EVERY, ::EVERY], every=1)
    return row | {"A and B": at_a_and_b(model, sets[SETS[0]][SHOWN])}


@torch.no_grad()
def on_the_grid(model: nn.Module, images: Tensor, every: int = EVERY) -> Tensor:
    """Label one pixel in `every` in both directions, patch by patch (N, H / every, W / every)."""
    answers = []
    for image in F.pad(images, (P // 2,) * 4, mode="reflect"):
        patches = image.unfold(1, P, every).unfold(2, P, every)  # (1, H / every, W / every, P, P)
        batches = patches.reshape(-1, 1, P, P).split(64)  # small ones stay in the processor's cache
        answers.append(torch.cat([model(batch).argmax(dim=1) for batch in batches]).reshape(patches.shape[1:3]))
    return torch.stack(answers)


def local(image: np.ndarray, setting: tuple[int, float]) -> np.ndarray:
    """Call nucleus what is brighter by a constant than its neighbourhood."""
    block, above = setting
    return image > threshold_local(image, block, offset=-above)


def minus_blurred(image: np.ndarray, sigma: int) -> np.ndarray:
    """Subtract a blurred image, and call nucleus what is above Otsu's threshold."""
    even = image - ndimage.gaussian_filter(image, sigma)
    return even > threshold_otsu(even)


def top_hat(image: np.ndarray, side: int) -> np.ndarray:
    """Remove what is broader than a square, and call nucleus what is above Otsu's threshold."""
    even = ndimage.white_tophat(image, size=side)
    return even > threshold_otsu(even)


def labelled(remedy: Callable, images: Tensor, setting: object) -> Tensor:
    """Label all pixels of all images (N, H, W)."""
    return torch.stack([torch.from_numpy(remedy(image.numpy(), setting)).long() for image in images[:, 0]])


REMEDIES = {  # each with the settings that are tried
    LOCAL: (local, [(block, above) for block in (15, 31, 61, 121, 241) for above in (0.0, 0.02, 0.05, 0.1, 0.15, 0.2)]),
    MINUS: (minus_blurred, [4, 8, 16, 32, 64]),
    TOPHAT: (top_hat, [9, 17, 25, 33, 49, 65, 97]),
}


def scores(answers: dict[str, Tensor], labels: Tensor, every: int = EVERY) -> dict[str, float]:
    """Score the labels of each set on the grid, and those of the chapter's image as it is."""
    truth, row = labels[:, ::every, ::every], {}
    for name, maps in answers.items():
        maps = maps[:, ::every, ::every]
        row |= {name: iou(maps, truth), f"right {name}": round((maps == truth).double().mean().item(), 4)}
    maps = answers[SETS[0]][:, ::every, ::every]
    return row | {"one image": iou(maps[SHOWN], truth[SHOWN]), WITHOUT: on_the_others(maps, truth)}


def on_the_others(answers: Tensor, truth: Tensor) -> float:
    """Score all test images but the one with a glow (N, H, W)."""
    others = [number for number in range(len(truth)) if number != SHOWN]
    return iou(answers[others], truth[others])


def summary(rows: list[dict]) -> list[dict]:
    """Write a row for each network, over all seeds."""
    kinds = dict.fromkeys((row["answer"], row.get("n"), row.get("patches")) for row in rows)
    table = []
    for kind in kinds:
        some = [row for row in rows if (row["answer"], row.get("n"), row.get("patches")) == kind]
        scored = (*SETS, "one image", WITHOUT, *(f"right {name}" for name in SETS))
        setting = {"n": kind[1] or "–", "training patch": kind[2] or "–", "setting": some[0].get("setting", "–")}
        table.append({"answer": kind[0]} | setting | {name: spread([row[name] for row in some]) for name in scored})
    return table
