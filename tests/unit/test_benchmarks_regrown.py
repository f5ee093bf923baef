"""What benchmarks/regrown.py reads from two networks' answers, with answers made by hand."""

import sys
from pathlib import Path

import pytest
import torch

ROOT = Path(__file__).parents[2]
sys.path.append(str(ROOT / "benchmarks"))

import regrown  # noqa: E402 (lives in benchmarks/)
import threshold  # noqa: E402

# Two cells of 6 × 8 pixels that touch between columns 8 and 9.
IDS = torch.zeros(1, 10, 18, dtype=torch.long)
IDS[0, 2:8, 1:9] = 1
IDS[0, 2:8, 9:17] = 2


def answers():
    """Sure cells; their rims and the gap a little above ½ without weights, a little above 1/11 with them."""
    inside = torch.zeros(1, 10, 18)
    inside[0, 3:7, 2:8] = inside[0, 3:7, 10:16] = 1
    cell = (IDS > 0).float()
    return {"plain": 0.99 * inside + 0.6 * (cell - inside), "weighted": 0.99 * inside + 0.2 * (cell - inside)}


def test_readings_of_hand_made_answers():
    found = regrown.readings(answers(), answers(), IDS, IDS)
    # At ½ the plain answer is one region (no hit: its IoU with each cell is ½, and a hit needs more); the other one
    # has two regions of 24 of 48 pixels each, which are no hits either.
    assert found["plain: at 1/2"] == {"AP": 0, "AP 0.75": 0, "IoU": 1, "merged": 1, "split": 0}
    assert found["weighted: at 1/2"] == {"AP": 0, "AP 0.75": 0, "IoU": 0.5, "merged": 0, "split": 0}
    whole = {"AP": 1, "AP 0.75": 1, "IoU": 1, "merged": 0, "split": 0}
    # Read high and grown back to the same odds, both are the truth.
    for name in ("plain", "weighted"):
        assert found[f"{name}: at 10/11, grown"] == whole
        chosen = found[f"{name}: best threshold, grown"]
        assert {key: chosen[key] for key in whole} == whole
        assert chosen["threshold"] == (0.6 if name == "plain" else 0.5)  # the lowest of the best; 0.6 is not above 0.6
    assert found["weighted at 1/2, grown in plain at 1/2"] == whole


def test_the_two_limits_are_the_same_odds_by_the_loss():
    # (9.1): with weight w on background, p turns p / (p + w (1 - p)); U-Net's w_0 of 10 puts ½ at 1/11.
    half = regrown.SAME["plain"]
    assert half / (half + 10 * (1 - half)) == pytest.approx(regrown.SAME["weighted"])


def test_shares_count_pixels_as_the_loss_does():
    cell, gap = IDS > 0, torch.zeros_like(IDS, dtype=torch.bool)
    gap[0, 2:8, 8:10] = True
    target = (cell & ~gap).long()
    views = {"target": target, "weights": 1 + 3 * gap.float(), "gap and rims": cell & (gap | gap.roll(1, -1))}
    views |= {"other pixels of cells": cell & ~gap, "all pixels of cells": cell}
    found = regrown.shares(answers(), views)
    # 6 × 2 pixels of gap, and the 6 of the rim at their right.
    assert found["plain: gap and rims"]["share of cell"] == pytest.approx(6 / 18)
    assert found["weighted: gap and rims"]["share of cell"] == pytest.approx(6 / (12 * 4 + 6))
    heavy = [(12 * 4, 0.2), (2, 0.2), (4, 0.99)]  # the rim's column 10 has 2 pixels at the ends, 4 inside
    mean = sum(weight * p for weight, p in heavy) / sum(weight for weight, _ in heavy)
    assert found["weighted: gap and rims"]["mean p"] == pytest.approx(mean)


def test_batches_turn_images_and_targets_together():
    views = [torch.rand(regrown.COUNT, 4, 4), None]
    views[1] = 2 * views[0]
    draws = regrown.batches(views, torch.Generator().manual_seed(0))
    for _ in range(8):
        image, target = next(draws)
        assert image.shape == (regrown.BATCH, 4, 4)
        assert torch.equal(target, 2 * image)


@pytest.mark.slow
def test_the_pair_of_the_pictures_is_one_of_the_ten(monkeypatch):
    """Its seed draws the same scenes, first weights and batches in both scripts; a step each tells."""
    monkeypatch.setattr(threshold, "STEPS", 1)
    learned = []
    monkeypatch.setattr(regrown, "answers", lambda unet, _: learned.append([one.clone() for one in unet.parameters()]))
    seed, draw, shown = threshold.KINDS[0]
    train, scenes = regrown.gather(range(regrown.COUNT * seed, regrown.COUNT * (seed + 1))), draw()
    for at, pair in enumerate(zip(train["images"][:, 0], train["ids"], strict=True)):
        assert all(torch.equal(a, b) for a, b in zip(scenes[at], pair, strict=True))
    for name in regrown.SAME:
        pictured = threshold.learn(scenes, weighted=name == "weighted", seed=seed)
        regrown.learned(seed, name, {"train": train}, (1,))
        assert all(torch.equal(a, b) for a, b in zip(pictured.parameters(), learned.pop(), strict=True))
    seeds = {threshold.SHOWN[name]()[1].sum().item() for name in shown}
    assert seeds == {threshold.generated(seed)[1].sum().item() for seed in (5004, 5012)}
    assert {5004, 5012} <= set(regrown.TEST)


def test_odd_shapes_are_those_of_the_experiments():
    scenes = (ROOT / "benchmarks/experiments/scenes.py").read_text("utf-8")
    assert f"ODD = {regrown.ODD}".replace("'", '"') in scenes
    for seed, shape in enumerate(("long", "bent", "hollow")):
        assert 'shape=("long", "bent", "hollow")[seed % 3], **ODD)' in scenes
        assert torch.equal(regrown.odd(seed)[1], regrown.cell_scene(seed=seed, shape=shape, **regrown.ODD).instances)
    assert regrown.gather(range(2), regrown.odd)["ids"].shape == (2, 96, 96)


def test_numbers_are_rounded_wherever_they_stand():
    assert regrown.rounded({"a": [1.23456789, 3], "b": "0.1"}) == {"a": [1.234568, 3], "b": "0.1"}
