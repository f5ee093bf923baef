"""Do the 64 numbers at one place of a bottleneck say where in its block the boundary lies, and did training do it?

bottleneck.py reads the pixels of a block off its 64 numbers and off its share of cell. This has the controls: the
numbers swapped among places of the same share, which keeps how much and loses where, and the same network before
training, which sees the image, too.
"""

from statistics import mean, stdev

import bottleneck
import torch
from bottleneck import LEVELS, nine, places, read_off, share
from torch import Tensor, nn
from torch.nn import functional as F

TITLE = "Whether a place of the bottleneck knows where"
SEEDS, LONG, LONG_SEEDS = range(20), 50, range(3)  # 50 epochs are 600 steps
SHARE, NUMBERS, SWAPPED = "share of cell", "64 numbers", "64 numbers, swapped among places of the same share"
UNTRAINED, NINE = "64 numbers before training", "shares of the nine blocks around"
BOTH, BOTH_UNTRAINED = f"{NUMBERS} and {NINE}", f"{UNTRAINED} and {NINE}"
AROUND = f"{NUMBERS} of each of the nine blocks around"
PIXELS, LONGER = "grey values of the block's 64 pixels", "64 numbers after 600 steps"
NOTE = (
    "Chapter 7's encoder–decoder of depth 3 and width 8, trained on the chapter's scenes for 120 steps (in one row for "
    "600). As in 'What a place of the bottleneck knows', a weighted sum of what is known at a block's place is fitted "
    "to each of the block's 64 pixels in the 48 training scenes and drawn, above ½, in the 16 test scenes. Swapped: "
    f"places whose shares are alike (in {LEVELS} steps) exchange their 64 numbers at random, in the training and in "
    "the test scenes. Boundary F at a distance of 1 pixel, mean ± standard deviation, smallest and largest over the "
    "seeds, which draw the first weights, the batches and the swaps."
)


def measure() -> list[dict]:
    """Train the network with every seed and score what can be read off its bottleneck; one row each."""
    torch.set_num_threads(1)
    lessons, tests = bottleneck.gather(48, seed=0), bottleneck.gather(16, seed=5000)
    return [one_row(seed, lessons, tests) for seed in SEEDS]


def one_row(seed: int, lessons: tuple[Tensor, Tensor], tests: tuple[Tensor, Tensor]) -> dict:
    """Score one network: what is known at its places, of which each pair is (training scenes, test scenes)."""
    generator = torch.Generator().manual_seed(seed)
    shares = share(lessons[1]), share(tests[1])
    around = nine(shares[0]), nine(shares[1])
    torch.manual_seed(seed)
    before = at_the_bottleneck(make(), lessons, tests)
    after = at_the_bottleneck(bottleneck.learn(make, *lessons, seed=seed), lessons, tests)
    known = {
        SHARE: shares,
        NUMBERS: after,
        SWAPPED: tuple(swapped(*pair, generator) for pair in zip(after, shares, strict=True)),
        UNTRAINED: before,
        NINE: around,
        BOTH: joined(after, around),
        BOTH_UNTRAINED: joined(before, around),
        AROUND: tuple(map(bottleneck.nine, after)),
        PIXELS: tuple(F.pixel_unshuffle(images, bottleneck.BLOCK) for images, _ in (lessons, tests)),
    }
    if seed in LONG_SEEDS:
        network = bottleneck.learn(make, *lessons, seed=seed, epochs=LONG)
        known[LONGER] = at_the_bottleneck(network, lessons, tests)
    drawn = {name: read_off(lessons[1], *pair) for name, pair in known.items()}
    return {"seed": seed} | {name: bottleneck.boundary_f(answer, tests[1]) for name, answer in drawn.items()}


def make() -> nn.Module:
    """Make the chapter's network."""
    return bottleneck.whole().to(memory_format=torch.channels_last)  # a third faster


def at_the_bottleneck(network: nn.Module, *scenes: tuple[Tensor, Tensor]) -> tuple[Tensor, ...]:
    """Return what the network hands to its decoder, for each set of scenes."""
    return tuple(bottleneck.bottleneck(network, images) for images, _ in scenes)


def joined(*pairs: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    """Put what is known from several sources side by side, as channels."""
    return tuple(torch.cat(maps, dim=1) for maps in zip(*pairs, strict=True))


def swapped(known: Tensor, shares: Tensor, generator: torch.Generator) -> Tensor:
    """Let places at which about the same share of the block is cell exchange what is known there."""
    level, rows = (LEVELS * shares[:, 0]).round().long().flatten(), places(known).clone()
    for one in level.unique():
        at = (level == one).nonzero()[:, 0]
        rows[at] = rows[at[torch.randperm(len(at), generator=generator)]]
    return rows.unflatten(0, (known.shape[0], *known.shape[-2:])).movedim(-1, 1)


def summary(rows: list[dict]) -> list[dict]:
    """Write a row for each source, over all seeds."""
    columns = {name: [row[name] for row in rows if name in row] for name in rows[0] if name != "seed"}
    return [
        {
            "pixels read off": name,
            "seeds": len(values),
            "boundary F": f"{mean(values):.3f} ± {stdev(values):.3f}",
            "smallest": f"{min(values):.3f}",
            "largest": f"{max(values):.3f}",
        }
        for name, values in columns.items()
    ]
