"""What stands at one place of a bottleneck: only how much of the block is object, or also where in the block it lies?

And how well does a decoder draw that is given nothing but how much? What chapter 7 says of this comes from here.
"""

from collections.abc import Callable
from statistics import mean, stdev
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from segbook import metrics
from segbook.data import CellScenes
from segbook.models import EncoderDecoder
from segbook.train import fit

TITLE = "What a place of the bottleneck knows"
SEEDS = range(20)
SCENES = {"size": 96, "num_cells": 10, "radius": 9.0, "radius_spread": 2.0, "clustering": 0.8}
DEPTH, WIDTH, EPOCHS, BATCH, RATE = 3, 8, 10, 4, 2e-3
LONG, LONG_SEEDS = 50, range(3)  # epochs, and the seeds that train for so long
BLOCK, LEVELS = 2**DEPTH, 16
ITSELF, AVERAGED = "the network itself", "the network, each place replaced by the mean of those of its share"
ALONE = "a decoder that learned from the true shares alone"
LONGER = " (600 steps)"
FROM = "read off the same place: "
NOTE = (
    f"Chapter 7's encoder–decoder of depth {DEPTH} and width {WIDTH}, trained on the chapter's scenes for 120 steps. "
    f"For each of the {BLOCK}² pixels of a block, a weighted sum of what is known at the block's place is fitted to "
    "the training scenes (least squares) and, above ½, called cell in the test scenes. In one row the trained decoder "
    "gets, at each place, the mean over all places of the training scenes at which the share of cell is the same (in "
    f"{LEVELS} steps): how much of the block is cell is kept, where it lies is lost. In another, a decoder of the same "
    "form learns in as many steps from nothing but the true share of each block, which a 1 × 1 convolution spreads "
    "over its channels. Boundary F at a distance of 1 pixel, mean ± standard deviation, smallest and largest over the "
    "seeds."
)


def measure() -> list[dict]:
    """Train the network with every seed and score what can be read off its bottleneck; one row each."""
    lessons, (images, labels) = gather(48, seed=0), gather(16, seed=5000)
    return [one_row(seed, lessons, images, labels) for seed in SEEDS]


def gather(count: int, *, seed: int) -> tuple[Tensor, Tensor]:
    """Draw scenes: images (N, 1, H, W) and labels (N, H, W)."""
    images, labels, _ = (torch.stack(views) for views in zip(*CellScenes(count, seed=seed, **SCENES), strict=True))
    return images, labels


def one_row(seed: int, lessons: tuple[Tensor, Tensor], images: Tensor, labels: Tensor) -> dict:
    """Score one network, what its bottleneck knows, what it does without knowing where, and a decoder of shares."""
    network = learn(whole, *lessons, seed=seed)
    known, new = bottleneck(network, lessons[0]), bottleneck(network, images)
    sources = {
        "the share of cell": (share(lessons[1]), share(labels)),
        "its 64 numbers": (known, new),
        "the shares of the nine blocks around": (nine(share(lessons[1])), nine(share(labels))),
    }
    answers = {ITSELF: decode(network, new)}
    answers |= {FROM + name: read_off(lessons[1], *pair) for name, pair in sources.items()}
    answers[AVERAGED] = decode(network, without_where(known, share(lessons[1]), share(labels)))
    told = learn(FromShares, share(lessons[1]), lessons[1], seed=seed)
    answers[ALONE] = decode(told, bottleneck(told, share(labels)))
    if seed in LONG_SEEDS:
        network = learn(whole, *lessons, seed=seed, epochs=LONG)
        told = learn(FromShares, share(lessons[1]), lessons[1], seed=seed, epochs=LONG)
        answers[ITSELF + LONGER] = decode(network, bottleneck(network, images))
        answers[ALONE + LONGER] = decode(told, bottleneck(told, share(labels)))
    return {"seed": seed} | {name: boundary_f(answer, labels) for name, answer in answers.items()}


def whole() -> EncoderDecoder:
    """Make the chapter's network."""
    return EncoderDecoder(1, 2, width=WIDTH, depth=DEPTH)


class FromShares(nn.Module):
    """A network, the chapter's as a default, without its way down: its decoder gets one number for each block."""

    def __init__(self, network: EncoderDecoder | None = None):
        super().__init__()
        network = network or whole()
        self.encoder, self.bottleneck = nn.ModuleList(), nn.Conv2d(1, network.bottleneck[-2].out_channels, 1)
        self.decoder, self.head = network.decoder, network.head

    def forward(self, shares: Tensor) -> Tensor:
        """Return a score for every class (N, 2, H, W) from numbers (N, 1, H / 8, W / 8)."""
        return self.head(nn.Sequential(self.bottleneck, *self.decoder)(shares))


def learn(make: Callable[[], nn.Module], inputs: Tensor, labels: Tensor, *, seed: int, epochs: int = EPOCHS) -> Any:
    """Make a network and train it as the chapter does."""
    torch.manual_seed(seed)
    network = make()
    adam, batches = torch.optim.Adam(network.parameters(), lr=RATE), torch.utils.data.TensorDataset(inputs, labels)
    fit(network, batches, F.cross_entropy, adam, epochs=epochs, batch_size=BATCH, device=torch.device("cpu"), seed=seed)
    return network


@torch.no_grad()
def bottleneck(network: EncoderDecoder | FromShares, images: Tensor) -> Tensor:
    """Return what a network hands to its decoder (N, C, H / 8, W / 8)."""
    x = images
    for stage in network.encoder:
        x = F.max_pool2d(stage(x), 2)
    return network.bottleneck(x)


@torch.no_grad()
def decode(network: EncoderDecoder | FromShares, x: Tensor) -> Tensor:
    """Return the classes (N, H, W) that a decoder makes of a bottleneck."""
    for stage in network.decoder:
        x = stage(x)
    return network.head(x).argmax(dim=1)


def share(labels: Tensor) -> Tensor:
    """Say which share of every block is cell (N, 1, H / 8, W / 8)."""
    return F.avg_pool2d(labels[:, None].float(), BLOCK)


def nine(maps: Tensor) -> Tensor:
    """Stack each place's 3 × 3 neighbours as channels."""
    return F.unfold(maps, 3, padding=1).unflatten(2, maps.shape[-2:])


def read_off(labels: Tensor, known: Tensor, new: Tensor) -> Tensor:
    """Fit the pixels of each block by what is known at its place, and apply the fit to new places: (N, H, W)."""
    blocks = places(F.pixel_unshuffle(labels[:, None].double(), BLOCK))
    guess = places(with_one(new)) @ torch.linalg.lstsq(places(with_one(known)), blocks, driver="gelsd").solution
    maps = guess.unflatten(0, (new.shape[0], *new.shape[-2:])).movedim(-1, 1)
    return (F.pixel_shuffle(maps, BLOCK)[:, 0] > 0.5).long()


def with_one(maps: Tensor) -> Tensor:
    """Add a channel of ones, for the bias."""
    return torch.cat([maps, torch.ones_like(maps[:, :1])], dim=1).double()


def places(maps: Tensor) -> Tensor:
    """Write maps (N, C, H, W) as a row for each place."""
    return maps.movedim(1, -1).flatten(0, 2)


def without_where(known: Tensor, shares: Tensor, new_shares: Tensor) -> Tensor:
    """Give each place the mean of all known places at which about the same share of the block is cell."""
    level, new_level = ((LEVELS * maps[:, 0]).round().long() for maps in (shares, new_shares))
    rows, index = places(known), level.flatten()
    sums = torch.zeros(LEVELS + 1, rows.shape[1]).index_add(0, index, rows)
    means = sums / torch.bincount(index, minlength=LEVELS + 1).clamp(min=1)[:, None]
    return means[new_level].movedim(-1, 1)


def boundary_f(answer: Tensor, labels: Tensor) -> float:
    """Score outlines as the chapter does."""
    counts = metrics.boundary_counts(answer, labels, num_classes=2, tolerance=1)
    return metrics.boundary_f_score(counts)[1].item()


def summary(rows: list[dict]) -> list[dict]:
    """Write a row for each source, over all seeds."""
    names = [name for name in rows[0] if name != "seed"]
    columns = {name: [row[name] for row in rows if name in row] for name in names}
    return [
        {
            "outlines from": name,
            "seeds": len(values),
            "boundary F": f"{mean(values):.3f} ± {stdev(values):.3f}",
            "smallest": f"{min(values):.3f}",
            "largest": f"{max(values):.3f}",
        }
        for name, values in columns.items()
    ]
