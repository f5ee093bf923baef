"""What is the one number that a network sends through its bottleneck? Chapter 7 compares it with the share of cell.

The chapter's encoder–decoder of depth 3 with its 64 channels squeezed to one, trained as in the chapter. At every place
of the test scenes the number in the bottleneck is compared with the share of its block that is cell.
"""

import json
import sys
from pathlib import Path
from statistics import mean, stdev

import bottleneck
import torch
from torch import Tensor, nn
from torch.nn import functional as F

TITLE = "What one number in the bottleneck says"
SEEDS = range(20)
KEPT = Path(__file__).parents[1] / "_build" / "one_channel"
AFTER, BEFORE, BRIGHT = "correlation", "correlation before training", "correlation of the mean grey value"
GREY = "correlation with the mean grey value"  # of the number, where BRIGHT is of the share
WITHIN = "correlation with the mean grey value, blocks all cell"
NOTE = (
    "Chapter 7's encoder–decoder of depth 3 and width 8 with a bottleneck of one channel, trained on the chapter's "
    "scenes for 120 steps; its boundary F on the 16 test scenes, and the correlation, over all their blocks, of the "
    "number in the bottleneck with the block's share of cell (only its size: the next layer can turn the sign). "
    "Controls: the same networks before training, and the mean grey value of each block. Last, the correlation of the "
    "number with the mean grey value of its block, over all blocks, and over those that are all cell, so that the "
    "share is 1 and only brightness is left."
)


def squeezed() -> nn.Module:
    """Make the chapter's network whose bottleneck has one channel."""
    network = bottleneck.whole()
    network.bottleneck.extend([nn.Conv2d(64, 1, 1), nn.Conv2d(1, 64, 1)])
    return network.to(memory_format=torch.channels_last)  # a third faster


@torch.no_grad()
def numbers(network: nn.Module, images: Tensor) -> Tensor:
    """Return what passes through the one channel (N, 1, H / 8, W / 8)."""
    x = images
    for stage in network.encoder:
        x = F.max_pool2d(stage(x), 2)
    return nn.Sequential(*list(network.bottleneck)[:-1])(x)


def correlation(a: Tensor, b: Tensor) -> float:
    """Correlate two maps, place by place; 0 where one of them is constant."""
    pair = torch.stack([a.flatten(), b.flatten()]).double()
    return 0.0 if (pair.std(dim=1) == 0).any() else torch.corrcoef(pair)[0, 1].item()


def measure() -> list[dict]:
    """Train with every seed, unless that was done before; a row each."""
    torch.set_num_threads(1)
    lessons, tests = bottleneck.gather(48, seed=0), bottleneck.gather(16, seed=5000)
    return [
        kept(seed, lessons, tests) | {BEFORE: untrained(seed, *tests), BRIGHT: brightness(*tests)} for seed in SEEDS
    ]


def untrained(seed: int, images: Tensor, labels: Tensor) -> float:
    """Correlate what passes before the first step."""
    torch.manual_seed(seed)
    return correlation(numbers(squeezed(), images), bottleneck.share(labels))


def brightness(images: Tensor, labels: Tensor) -> float:
    """Correlate the mean grey value of each block, which needs no network."""
    return correlation(F.avg_pool2d(images, bottleneck.BLOCK), bottleneck.share(labels))


def kept(seed: int, lessons: tuple[Tensor, Tensor], tests: tuple[Tensor, Tensor]) -> dict:
    """Read a row, or train."""
    file = KEPT / f"{seed}.json"
    if not file.exists():
        KEPT.mkdir(parents=True, exist_ok=True)
        network, share = bottleneck.learn(squeezed, *lessons, seed=seed), bottleneck.share(tests[1])
        found, grey = numbers(network, tests[0]), F.avg_pool2d(tests[0], bottleneck.BLOCK)
        row = {
            "seed": seed,
            "boundary F": bottleneck.boundary_f(bottleneck.decode(network, network.bottleneck[-1](found)), tests[1]),
            AFTER: correlation(found, share),
            GREY: correlation(found, grey),
            WITHIN: correlation(found[share == 1], grey[share == 1]),
        }
        file.write_text(json.dumps(row), "utf-8")
        print(seed, row, file=sys.stderr, flush=True)
    return json.loads(file.read_text("utf-8"))


def summary(rows: list[dict]) -> list[dict]:
    """Write a row for boundary F and one for the size of each correlation."""
    columns = {name: [abs(row[name]) for row in rows] for name in ("boundary F", AFTER, BEFORE, BRIGHT, GREY, WITHIN)}
    return [
        {
            "one number": name,
            "seeds": len(values),
            "mean": f"{mean(values):.3f} ± {stdev(values):.3f}",
            "smallest": f"{min(values):.3f}",
            "largest": f"{max(values):.3f}",
        }
        for name, values in columns.items()
    ]
