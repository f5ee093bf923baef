"""How well can cells be redrawn from the share of cell in every block, on the test scenes of the experiments?

Chapter 7 sets these drawings beside networks of the experiments (benchmarks/experiments), which it trains for up to
3,000 steps: so the scenes, the target (with a gap between touching cells) and the scores are those of the experiments.
"""

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import torch
from torch.nn import functional as F

sys.path.append(str(Path(__file__).parent / "experiments"))
import scenes
import score

TITLE = "Cells redrawn from shares"
TEST = 200
NOTE = (
    "The experiments' 200 test scenes of round cells, with their gaps between touching cells. Each block of 2^depth "
    "pixels a side keeps the share of its pixels that are cell; bilinear interpolation enlarges the shares, and what "
    "has ½ or more is cell. Scores are those of the experiments: boundary F of single cells where a second one is more "
    "than 4 pixels away (outer) and where it is nearer (between), and IoU with the same target."
)


def measure() -> list[dict]:
    """Draw and score, a row for each depth."""
    with TemporaryDirectory() as folder:
        _, ids = scenes.pictures("cells", "test", 0, TEST, "", folder)
    truth = score.Truth.of(ids)
    target = torch.from_numpy(truth.carved > 0).float()[:, None]
    rows = []
    for depth in (1, 2, 3, 4):
        shares = F.avg_pool2d(target, 2**depth)
        mask = (F.interpolate(shares, target.shape[-2:], mode="bilinear")[:, 0] >= 0.5).numpy()
        counts = score.count(score.components(mask), truth).sum(axis=0)
        names = {"outer": "F outer", "between": "F between"}
        found = {name: round(float(score.outline_f(counts, zone)), 4) for zone, name in names.items()}
        rows.append({"depth": depth} | found | {"IoU": round(float(score.area_iou(counts, " carved")), 4)})
    return rows
