"""What chapter 9 says about averages is what benchmarks/training.py measured; what weights do to the gradient."""

import pytest
import torch
from results import assert_chapter_has, measured, table

from segbook.data import cell_scene
from segbook.losses import cross_entropy
from segbook.weight_map import carve_touching, weight_map

MODELS = {"U-Net": "without weights", "U-Net, weighted loss": "with weights"}
DIGITS = {"AP": 2, "merged": 2, "split": 1, "IoU": 3, "boundary F": 3}


def table_of(rows):
    return table(rows, "U-Net", MODELS, {score: (score, digits) for score, digits in DIGITS.items()})


def test_the_table_is_written_from_every_run():
    rows = [
        {"model": model, "AP": 0.5 + seed / 10, "merged": 0.25, "split": seed, "IoU": 0.9, "boundary F": 0.8}
        for model in MODELS
        for seed in (0, 1)
    ]
    text = table_of(rows)
    assert text.count("\n") == len(MODELS) + 1
    assert "| with weights | 0.55 ± 0.07 | 0.25 ± 0.00 | 0.5 ± 0.7 | 0.900 ± 0.000 | 0.800 ± 0.000 |" in text


def test_the_chapters_table_is_the_measured_one():
    assert_chapter_has("09_weighted_loss", table_of(measured()))


def test_in_every_seed_weights_find_more_cells_and_cost_overlap():
    runs = {(row["model"], row["seed"]): row for row in measured() if row["model"] in MODELS}
    seeds = {seed for _, seed in runs}
    assert len(seeds) >= 3
    for seed in seeds:
        plain, weighted = (runs[model, seed] for model in MODELS)
        assert weighted["AP"] > plain["AP"] + 0.5
        assert weighted["merged"] < plain["merged"] - 0.5
        assert weighted["IoU"] < plain["IoU"]


@pytest.mark.parametrize("seed", range(11, 15))
def test_borders_are_few_of_the_pixels_and_the_weights_multiply_their_pull(seed):
    instances = cell_scene(seed=seed, size=96, num_cells=10, radius=9.0, radius_spread=2.0, clustering=0.8).instances
    carved = carve_touching(instances)
    target, weights, gap = (carved > 0).long()[None], weight_map(carved)[None], ((carved == 0) & (instances > 0))[None]
    shares = []
    for weighing in (None, weights):
        logits = torch.zeros(1, 2, 96, 96, requires_grad=True)
        (pull,) = torch.autograd.grad(cross_entropy(logits, target, weighing, reduction="sum"), logits)
        shares.append((pull[:, 0].abs()[gap].sum() / pull[:, 0].abs().sum()).item())
    # An undecided network pulls at every pixel with half its weight, so a share of the weights is one of the gradient.
    assert shares[0] == pytest.approx(gap.float().mean().item())
    assert shares[1] == pytest.approx((weights[gap].sum() / weights.sum()).item())
    assert 0 < shares[0] < 0.02
    assert shares[1] > 5 * shares[0]


if __name__ == "__main__":
    print(table_of(measured()))
