"""What benchmarks/open_gaps.py counts, with answers made by hand, and which pairs it takes."""

import json
import sys
from pathlib import Path
from statistics import median

import pytest
import torch

ROOT = Path(__file__).parents[2]
sys.path.append(str(ROOT / "benchmarks"))

import open_gaps  # noqa: E402 (lives in benchmarks/)

RECORD = json.loads(open_gaps.RESULTS.read_text("utf-8"))


def test_open_gap_pixels_are_counted_before_and_after():
    plain = torch.tensor([0.4, 0.8, 0.8, 0.95, 0.1])
    heavy = torch.tensor([0.1, 0.3, 0.7, 0.4, 0.9])
    gap = torch.tensor([True, True, True, True, False])
    assert open_gaps.counted(plain, heavy, gap) == {
        "gap pixels": 4,
        "open without weights": 0.25,
        "foretold": 0.75,
        "open with weights": 0.75,
        "open of the foretold": pytest.approx(2 / 3, abs=1e-4),
        "open of the others": 1,
    }


def test_the_pairs_are_those_of_regrown():
    """The record of regrown.py has nearly the same mean p; of the odd pairs the median one was taken."""
    for row, name in zip(RECORD["rows"], ("regrown", "regrown_odd"), strict=True):
        rows = json.loads((ROOT / f"benchmarks/results/{name}.json").read_text("utf-8"))["rows"]
        means = {
            one["seed"]: one["shares"]["test scenes"]["plain: gap and rims"]["mean p"]
            for one in rows
            if one["steps"] == open_gaps.MARKS[-1]
        }
        assert row["seed"] == open_gaps.KINDS[row["cells"]][1]
        assert row["mean p"] == pytest.approx(means[row["seed"]], abs=0.02)
        if row["cells"] == "odd":
            assert means[row["seed"]] == median(means.values())


def test_the_readme_has_the_table():
    cells = " | ".join(str(value) for value in RECORD["rows"][1].values())
    assert f"| {cells} |" in (ROOT / "benchmarks/README.md").read_text("utf-8")
