"""What chapter 9 says about averages is what benchmarks/training.py measured, and every ordering it prints holds.

When results/training.json is renewed, `python tests/unit/test_results_chapter09.py` prints the table for the chapter.
"""

import json
from pathlib import Path
from statistics import mean, stdev

ROOT = Path(__file__).parents[2]
RESULTS = ROOT / "benchmarks" / "results" / "training.json"
CHAPTER = ROOT / "book" / "09_weighted_loss.md"
NOTEBOOK = ROOT / "book" / "09_weighted_loss.ipynb"
HEAD = "| U-Net | AP | merged | split | IoU | boundary F |\n|---|---|---|---|---|---|\n"
MODELS = {"U-Net": "without weights", "U-Net, weighted loss": "with weights"}
COLUMNS = {"AP": 2, "merged": 2, "split": 1, "IoU": 3, "boundary F": 3}


def table(rows: list[dict]) -> str:
    """Write mean ± standard deviation over the seeds, a line with and one without weights."""
    lines = []
    for model, name in MODELS.items():
        runs = [row for row in rows if row["model"] == model]
        scores = {column: [run[column] for run in runs] for column in COLUMNS}
        cells = [f"{mean(s):.{COLUMNS[c]}f} ± {stdev(s):.{COLUMNS[c]}f}" for c, s in scores.items()]
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    return HEAD + "\n".join(lines)


def test_the_table_is_written_from_every_run():
    rows = [
        {"model": model, "AP": 0.5 + seed / 10, "merged": 0.25, "split": seed, "IoU": 0.9, "boundary F": 0.8}
        for model in MODELS
        for seed in (0, 1)
    ]
    text = table(rows)
    assert text.count("\n") == len(MODELS) + 1
    assert "| with weights | 0.55 ± 0.07 | 0.25 ± 0.00 | 0.5 ± 0.7 | 0.900 ± 0.000 | 0.800 ± 0.000 |" in text


def test_the_chapters_table_is_the_measured_one():
    text = CHAPTER.read_text("utf-8")
    assert table(json.loads(RESULTS.read_text("utf-8"))["rows"]) in text, (
        "run python tests/unit/test_results_chapter09.py"
    )


def test_every_ordering_that_the_stored_chapter_prints_holds():
    cells = json.loads(NOTEBOOK.read_text("utf-8"))["cells"]
    printed = "".join("".join(output.get("text", "")) for cell in cells for output in cell.get("outputs", []))
    verdicts = [line for line in printed.splitlines() if line.endswith(("True", "False"))]
    assert len(verdicts) >= 12
    assert not [line for line in verdicts if "False" in line]


if __name__ == "__main__":
    print(table(json.loads(RESULTS.read_text("utf-8"))["rows"]))
