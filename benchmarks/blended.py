"""Why does blending close gaps between cells? Chapter 4's network, its scores blended as they are and as mere signs."""

import sys

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from segbook import data, metrics, train
from segbook.models import PatchClassifier

TITLE = "Coarse scores, blended as they are and as signs"
NOTE = (
    "Chapter 4's classifier, trained on whole images as there (24 drawn images, 200 steps of two, Adam with a learning "
    "rate of 0.003), gives its twenty crowded scenes of 320 cells a score at every fourth pixel. How many cells are "
    "separated if every pixel takes the nearest score, if the scores are blended, and if only their signs are? Every "
    "seed has other weights and other training images. The lead is the score of cell minus that of background: the "
    "medians of its size where cell is predicted, and where background is, and is found, with a cell within two pixels."
)
SEEDS = range(10)
CROWDED = {"size": 128, "num_cells": 16, "radius": 11.0, "clustering": 0.9, "gap": 2}
BORDER = (14,) * 4


def measure() -> list[dict]:
    """Train with every seed; a row for each."""
    torch.set_num_threads(1)
    scenes = [data.cell_scene(seed=seed, **CROWDED) for seed in range(500, 520)]
    return [_row(seed, scenes) for seed in SEEDS]


def _row(seed: int, scenes: list[data.Scene]) -> dict:
    fcn = _trained(seed)
    images = [F.pad(scene.image[None, None], BORDER, mode="reflect") for scene in scenes]
    with torch.no_grad():
        leads = [scores[:, 1:] - scores[:, :1] for scores in map(fcn, images)]
    drawn = {
        "nearest": [_nearest(lead) for lead in leads],
        "blended": [_blended(lead) for lead in leads],
        "signs blended": [_blended(lead.sign()) for lead in leads],
    }
    row: dict = {"seed": seed}
    for way, answers in drawn.items():
        row[way] = sum(separated(scene.instances, one > 0) for scene, one in zip(scenes, answers, strict=True))
    all_leads = torch.cat([lead.flatten() for lead in leads])
    row["lead in cells"] = round(all_leads[all_leads > 0].median().item(), 1)
    close = torch.cat([_close(scene.instances > 0).flatten() for scene in scenes])
    row["lead beside cells"] = round(-all_leads[(all_leads <= 0) & close].median().item(), 1)
    print(row, file=sys.stderr, flush=True)
    return row


def _trained(seed: int) -> nn.Module:
    torch.manual_seed(seed)
    fcn = PatchClassifier(1, 2, patch_size=29).dense()
    lessons = data.CellScenes(24, seed=300 + 1000 * seed, size=128, num_cells=14, gap=2)
    pairs = [(F.pad(cells[None], BORDER, mode="reflect")[0], labels[::4, ::4]) for cells, labels, _ in lessons]
    batches = torch.utils.data.DataLoader(pairs, batch_size=2)
    train.fit(fcn, batches, nn.CrossEntropyLoss(), torch.optim.Adam(fcn.parameters(), lr=3e-3), steps=200)
    return fcn


def _close(cell: Tensor) -> Tensor:
    """Mark places of the coarse grid on background, with a cell no more than two pixels away."""
    near = F.max_pool2d(cell[None, None].float(), 5, 1, 2)[0, 0] > 0
    return (near & ~cell)[::4, ::4]


def _nearest(scores: Tensor) -> Tensor:
    place = ((torch.arange(128) + 2) // 4).clamp(max=31)
    return scores[0, 0][place][:, place]


def _blended(scores: Tensor) -> Tensor:
    fine = F.interpolate(scores, size=(125, 125), mode="bilinear", align_corners=True)
    return F.pad(fine, (0, 3, 0, 3), mode="replicate")[0, 0]


def separated(instances: Tensor, foreground: Tensor) -> int:
    """Count the cells that are alone in the region that has most of their pixels."""
    regions = metrics.connected_components(foreground[None].long())[0]
    homes = [int(regions[instances == n].mode().values) for n in instances.unique() if n > 0]
    return sum(home > 0 and homes.count(home) == 1 for home in homes)


def summary(rows: list[dict]) -> list[dict]:
    """Write means and ranges over the seeds."""
    line: dict = {"seeds": len(rows)}
    for name in list(rows[0])[1:]:
        values = [row[name] for row in rows]
        line[name] = f"{sum(values) / len(values):.1f} ({min(values)} to {max(values)})"
    return [line]
