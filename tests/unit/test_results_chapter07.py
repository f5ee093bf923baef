"""What chapter 7 says about averages is what benchmarks/training.py measured, and its sum is a concatenation.

When results/training.json is renewed, `python tests/unit/test_results_chapter07.py` prints the table for the chapter.
"""

import json
from pathlib import Path
from statistics import mean, stdev

import torch
from torch.nn import functional as F

ROOT = Path(__file__).parents[2]
RESULTS = ROOT / "benchmarks" / "results" / "training.json"
CHAPTER = ROOT / "book" / "07_encoder_decoder.md"
HEAD = "| network | IoU | boundary F |\n|---|---|---|\n"
MODELS = {
    "encoder–decoder, depth 1": "depth 1",
    "encoder–decoder, depth 2": "depth 2",
    "encoder–decoder, depth 3": "depth 3, transposed",
    "encoder–decoder, nearest": "depth 3, nearest",
    "encoder–decoder, bilinear": "depth 3, bilinear",
    "encoder–decoder, depth 4": "depth 4",
    "FCN-32s": "FCN-32s",
    "FCN-16s": "FCN-16s",
    "FCN-8s": "FCN-8s",
}


def table(rows: list[dict]) -> str:
    """Write mean ± standard deviation over the seeds, a line for each network of the chapter."""
    lines = []
    for model, name in MODELS.items():
        runs = [row for row in rows if row["model"] == model]
        scores = [[run[column] for run in runs] for column in ("IoU", "boundary F")]
        lines.append(f"| {name} | " + " | ".join(f"{mean(s):.3f} ± {stdev(s):.3f}" for s in scores) + " |")
    return HEAD + "\n".join(lines)


def test_the_table_is_written_from_every_run():
    rows = [
        {"model": model, "seed": seed, "IoU": 0.5 + seed / 10, "boundary F": 0.1} for model in MODELS for seed in (0, 1)
    ]
    text = table(rows)
    assert text.count("\n") == len(MODELS) + 1
    assert "| depth 4 | 0.550 ± 0.071 | 0.100 ± 0.000 |" in text


def test_the_chapters_table_is_the_measured_one():
    text = CHAPTER.read_text("utf-8")
    assert table(json.loads(RESULTS.read_text("utf-8"))["rows"]) in text, (
        "run python tests/unit/test_results_chapter07.py"
    )


def test_a_sum_of_scores_is_a_concatenation_that_is_mixed():
    torch.manual_seed(0)
    for num_classes, channels in ((2, 8), (21, 5), (1, 1)):
        scores, features = torch.randn(3, num_classes, 6, 5).double(), torch.randn(3, channels, 6, 5).double()
        weight = torch.randn(num_classes, channels, 1, 1).double()
        mixer = torch.cat([torch.eye(num_classes).double()[..., None, None], weight], dim=1)
        mixed = F.conv2d(torch.cat([scores, features], dim=1), mixer)
        torch.testing.assert_close(mixed, scores + F.conv2d(features, weight))


if __name__ == "__main__":
    print(table(json.loads(RESULTS.read_text("utf-8"))["rows"]))
