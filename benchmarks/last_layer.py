"""Six last layers that enlarge scores by 4, each trained in the same small network: does a board at the start matter?

What chapter 6 says of trained last layers comes from here. `segbook/data/last_layers.png` has the scores that five of
them, of seed 0, give a part of the first test picture, one below the other.
"""

from collections.abc import Callable
from pathlib import Path
from statistics import mean, stdev

import numpy as np
import torch
from blended import separated
from PIL import Image
from torch import Tensor, nn
from torch.nn import functional as F

from segbook import metrics, ops
from segbook.data import normalise, nuclei
from segbook.data.last_layers import CORNER, SIZE
from segbook.models.layers import DoubleConv
from segbook.train import fit

TITLE = "Six ways to enlarge scores by 4, trained"
SEEDS = range(5)
STRIDE, SCORES, WIDTH = 4, 2, 8
STEPS, EARLY, BATCH, CROP, RATE = 300, 25, 4, 96, 2e-3
EQUAL, TAPERED, BILINEAR, RANDOM, NARROW, RESIZED = (
    "k = 6, equal taps at the start",
    "k = 6, 1 2 3 3 2 1 at the start",
    "k = 8, bilinear at the start",
    "k = 8, random at the start",
    "k = 4, random at the start",
    "resize, then 5 × 5, random at the start",
)
WAYS = (EQUAL, TAPERED, BILINEAR, RANDOM, NARROW, RESIZED)
SHOWN = (NARROW, EQUAL, RANDOM, BILINEAR, RESIZED)  # as in `segbook.data.last_layers.LAYERS`
NOTE = (
    f"A small network shrinks micrographs of nuclei by 4 (two 3 × 3 convolutions of {WIDTH}, {2 * WIDTH} and "
    f"{4 * WIDTH} channels, a 2 × 2 pooling between them) and makes two scores at each place; a last layer enlarges "
    f"the scores by 4 and learns all its weights. {STEPS} steps of {BATCH} crops of {CROP} × {CROP} pixels of the 36 "
    f"pictures to train on (Adam, rate {RATE}); a seed draws the first weights and the crops, the same crops for all "
    "six ways. Scored on the 18 pictures to test on. Board: how uneven the last layer's answer to a flat map is. It "
    "is given two flat maps, of the mean scores that the network makes inside nuclei and of those outside. Its two "
    "answers, each the difference of the two enlarged scores, should differ by the same step at all "
    f"{STRIDE**2} places of a block; the board is (largest − smallest step) / mean step. What counts are the sums of "
    "the taps that meet; the pictures only say how much of each score makes a step. Separated: of the 919 nuclei, "
    "those that are alone in the region with most of their pixels. Before is before "
    f"training, early after {EARLY} steps. Mean ± standard deviation, smallest and largest over the seeds."
)


class LastLayer(nn.Module):
    """Shrink by 4, score every place, enlarge the scores in one of six ways."""

    def __init__(self, way: str):
        super().__init__()
        self.scores = nn.Sequential(
            DoubleConv(1, WIDTH, padding=True),
            nn.MaxPool2d(2),
            DoubleConv(WIDTH, 2 * WIDTH, padding=True),
            nn.MaxPool2d(2),
            DoubleConv(2 * WIDTH, 4 * WIDTH, padding=True),
            nn.Conv2d(4 * WIDTH, SCORES, 1),
        )
        self.last = enlarging(way)

    def forward(self, images: Tensor) -> Tensor:
        """Return a score for every class at every pixel (N, 2, H, W)."""
        return self.last(self.scores(images))


def enlarging(way: str) -> nn.Module:
    """Make a last layer; where its weights are set, each class begins as a stamp of its own score."""
    if way == RESIZED:
        return nn.Sequential(nn.Upsample(scale_factor=STRIDE, mode="nearest"), nn.Conv2d(SCORES, SCORES, 5, padding=2))
    if way == NARROW:
        return nn.ConvTranspose2d(SCORES, SCORES, STRIDE, STRIDE)
    if way == RANDOM:
        return nn.ConvTranspose2d(SCORES, SCORES, 2 * STRIDE, STRIDE, padding=STRIDE // 2)
    taps = {EQUAL: torch.ones(6), TAPERED: torch.tensor([1.0, 2, 3, 3, 2, 1])}
    if way == BILINEAR:
        kernel = ops.bilinear_kernel(STRIDE).float()
    else:
        kernel = torch.outer(taps[way], taps[way])
        kernel = kernel * STRIDE**2 / kernel.sum()
    layer = nn.ConvTranspose2d(SCORES, SCORES, len(kernel), STRIDE, padding=(len(kernel) - STRIDE) // 2)
    nn.init.zeros_(layer.weight)
    nn.init.zeros_(layer.bias)
    for score in range(SCORES):
        layer.weight.data[score, score] = kernel
    return layer


def measure() -> list[dict]:
    """Train every way with every seed; one row each. Keep the picture of the first seed."""
    lessons, tests = gather("train"), gather("test")
    rows, first = [], {}
    for seed in SEEDS:
        for way in WAYS:
            row, network = one_row(way, seed, lessons, tests)
            rows.append(row)
            first.setdefault(way, scores_of(network, tests[0][:1])[0])
    keep_picture([first[way] for way in SHOWN])
    return rows


def keep_picture(scores: list[Tensor]) -> None:
    """Write a window of score maps (2, H, W), nucleus less background, each on its own grey scale."""
    window = slice(CORNER, CORNER + SIZE)
    maps = [(nucleus - outside)[window, window] for outside, nucleus in scores]
    sheet = torch.cat([(one - one.min()) / (one.max() - one.min()) for one in maps])
    place = Path(__file__).parents[1] / "segbook" / "data" / "last_layers.png"
    Image.fromarray((255 * sheet).round().numpy().astype(np.uint8)).save(place, optimize=True)


def gather(part: str) -> tuple[Tensor, Tensor]:
    """Open the pictures (N, 1, 256, 256), each with its own contrast, and their labels (N, 256, 256)."""
    pairs = [(normalise(image), labels) for image, labels, _ in nuclei(part)]
    images, labels = zip(*pairs, strict=True)
    return torch.stack(images), torch.stack(labels)


def one_row(
    way: str,
    seed: int,
    lessons: tuple[Tensor, Tensor],
    tests: tuple[Tensor, Tensor],
    *,
    loss: Callable = F.cross_entropy,
) -> tuple:
    """Train one network and score it: its board before, early and at the end, its answers at the end.

    Returns:
        The row, and the network.
    """
    torch.manual_seed(seed)
    network, early = LastLayer(way), []
    before = board_of(network, *tests)
    adam = torch.optim.Adam(network.parameters(), lr=RATE)

    def keep(step: int) -> None:
        if step == EARLY:
            early.append(board_of(network, *tests))

    fit(network, crops(*lessons, seed=seed), loss, adam, steps=STEPS, after_step=keep)
    row = {"seed": seed, "way": way, "board before": before, "board early": early[0], **scored(network, *tests)}
    row["separated"] = cells_apart(network, tests[0])
    print(row, flush=True)
    return row, network


def crops(images: Tensor, labels: Tensor, *, seed: int) -> list[tuple[Tensor, Tensor]]:
    """Draw the batches of a training, the same for every way."""
    generator = torch.Generator().manual_seed(seed)
    batches = []
    for _ in range(STEPS):
        numbers = torch.randint(len(images), (BATCH,), generator=generator)
        corners = torch.randint(images.shape[-1] - CROP + 1, (BATCH, 2), generator=generator).tolist()
        cut = [
            (images[n, :, top : top + CROP, left : left + CROP], labels[n, top : top + CROP, left : left + CROP])
            for n, (top, left) in zip(numbers.tolist(), corners, strict=True)
        ]
        some, truths = zip(*cut, strict=True)
        batches.append((torch.stack(some), torch.stack(truths)))
    return batches


@torch.no_grad()
def scores_of(network: LastLayer, images: Tensor) -> Tensor:
    """Return the scores of pictures (N, 2, H, W), a few pictures at a time."""
    return torch.cat([network(some) for some in images.split(6)])


@torch.no_grad()
def board_of(network: LastLayer, images: Tensor, labels: Tensor) -> float:
    """Say how uneven the last layer makes the step from the background to a nucleus, if both are flat."""
    scores = torch.cat([network.scores(some) for some in images.split(6)]).permute(1, 0, 2, 3)
    nuclear = F.avg_pool2d((labels[:, None] > 0).float(), STRIDE)[:, 0]
    return flat_board(network.last, scores[:, nuclear == 1].mean(dim=1) - scores[:, nuclear == 0].mean(dim=1))


@torch.no_grad()
def flat_board(layer: nn.Module, values: Tensor) -> float:
    """Say how uneven a layer's answer to flat scores is: (largest − smallest) / mean, over the places of a block.

    The answer is the difference of the two enlarged scores: what both have in common decides nothing, and no gradient
    of the loss reaches it. The bias is left out.

    Args:
        layer: Enlarges two scores by `STRIDE`.
        values: (2,), one for each score, the same everywhere; only their ratio matters.
    """
    flat = (values / values.norm())[None, :, None, None].expand(-1, -1, 8, 8)
    block = (layer(flat) - layer(torch.zeros_like(flat)))[0, :, 3 * STRIDE : 4 * STRIDE, 3 * STRIDE : 4 * STRIDE]
    answer = block[1] - block[0]
    return ((answer.max() - answer.min()) / answer.mean().abs()).item()


def scored(network: LastLayer, images: Tensor, labels: Tensor) -> dict[str, float]:
    """Score the answers and the board."""
    answers = scores_of(network, images).argmax(dim=1)
    outlines = metrics.boundary_counts(answers, labels, num_classes=2, tolerance=1)
    return {
        "board": board_of(network, images, labels),
        "IoU": metrics.iou(metrics.confusion_matrix(answers, labels, num_classes=2))[1].item(),
        "boundary F": metrics.boundary_f_score(outlines)[1].item(),
    }


def cells_apart(network: LastLayer, images: Tensor) -> int:
    """Count the nuclei of the test images that the answers separate."""
    answers = scores_of(network, images).argmax(dim=1)
    return sum(separated(ids, one > 0) for (*_, ids), one in zip(nuclei("test"), answers, strict=True))


def summary(rows: list[dict]) -> list[dict]:
    """Write a row for each way, over all seeds."""
    written = []
    for way in dict.fromkeys(row["way"] for row in rows):
        runs = [row for row in rows if row["way"] == way]
        scores = {name: _said(runs, name) for name in list(runs[0])[2:]}
        written.append({"last layer": way, "seeds": len(runs)} | scores)
    return written


def _said(runs: list[dict], name: str) -> str:
    values = [run[name] for run in runs]
    if name == "separated":
        return f"{mean(values):.0f} ± {stdev(values):.0f} ({min(values)} to {max(values)})"
    return f"{mean(values):.3f} ± {stdev(values):.3f} ({min(values):.3f} to {max(values):.3f})"
