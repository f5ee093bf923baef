"""Can a decoder draw granules if it is told no more than how much of each block counts? For chapter 7.

    PYTHONPATH=. python benchmarks/granule_shares.py     # five minutes on one core

The networks of granule_answers.py must find the granules that count, too. Here decoders of the same form, of depth 3,
are given the true share of each block of 8 × 8 pixels, and learn in the same way. `results/granule_shares.json` has
their scores.
"""

import json
from pathlib import Path
from statistics import mean, stdev

import granule_answers as granules
import torch
from bottleneck import BLOCK, FromShares
from granule_answers import RATE, SEEDS, STEPS, THRESHOLDS, iou, pictures, scenes, train, truth
from run import machine
from torch import Tensor, nn
from torch.nn import functional as F

from segbook.models import EncoderDecoder

RESULTS = Path(__file__).parent / "results" / "granule_shares.json"
NOTE = (
    "As granule_answers.py compares networks, but each decoder of depth 3 and width 12 gets nothing but the true share "
    f"of each block of {BLOCK} × {BLOCK} pixels that belongs to granules that count; a 1 × 1 convolution makes 96 "
    f"numbers of it. {STEPS:,} steps; IoU on 200 test scenes, at the threshold that did best on 40 others. Written by "
    "benchmarks/granule_shares.py."
)


class FromMasks(FromShares):
    """Sees of each block of a mask (N, 1, H, W) its mean only."""

    def forward(self, masks: Tensor) -> Tensor:
        """Return a score for every class (N, 2, H, W)."""
        return super().forward(F.avg_pool2d(masks, BLOCK))


def main() -> None:
    """Train, score, write."""
    torch.set_num_threads(1)
    train.NETS["shares"] = lambda classes: FromMasks(EncoderDecoder(1, classes, width=12, depth=3))
    tuned, tested = pictures(scenes.FIRST["tune"], granules.TUNE), pictures(scenes.FIRST["test"], granules.TEST)
    rows = []
    for seed in SEEDS:
        masks = truth(pictures(1000 * (seed + 1), granules.LEARN)).byte()
        settings = dict(rate=RATE, seed=seed, steps=STEPS, device=torch.device("cpu"))
        training = train.Training({"kind": "shares"}, 255 * masks, masks, torch.ones(masks.shape), **settings)
        for _ in range(STEPS):
            training.step()
        found = [chances(training.model.eval(), truth(drawn)) for drawn in (tuned, tested)]
        threshold = max(THRESHOLDS, key=lambda level, found=found: iou(found[0] > level, truth(tuned)))
        rows.append({"seed": seed, "threshold": threshold, "IoU": iou(found[1] > threshold, truth(tested))})
        print(rows[-1], flush=True)
    result = {"title": "Granules drawn from shares", "note": NOTE, "machine": machine(), "rows": rows}
    result["IoU"] = [round(of([row["IoU"] for row in rows]), 4) for of in (mean, stdev)]
    RESULTS.write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n", "utf-8")


@torch.no_grad()
def chances(network: nn.Module, masks: Tensor) -> Tensor:
    """Give each pixel's probability of counting."""
    return torch.cat([network(some).softmax(1)[:, 1] for some in masks[:, None].float().split(20)])


if __name__ == "__main__":
    main()
