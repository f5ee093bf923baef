"""Tables over seeds, written from what benchmarks/ measured, for the tests that hold chapters to it.

When results/experiments.json is renewed, `python tests/unit/test_results_chapter07.py` prints that chapter's table.
"""

import json
import re
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from statistics import mean, stdev

ROOT = Path(__file__).parents[2]
Column = tuple[str, int] | Callable[[dict], str]


def measured() -> list[dict]:
    """Read every run: a row for each network and seed."""
    return json.loads((ROOT / "benchmarks/results/training.json").read_text("utf-8"))["rows"]


def table(rows: list[dict], first: str, models: Mapping[str, str], columns: Mapping[str, Column]) -> str:
    """Write a Markdown table, a line for each network.

    `models` maps the benchmark's names to the chapter's; `columns` maps headings to a score and the digits of its mean
    ± standard deviation, or to a function that writes what all runs of a network share.
    """
    lines = [f"| {' | '.join([first, *columns])} |", "|" + "---|" * (len(columns) + 1)]
    for model, name in models.items():
        runs = [row for row in rows if row["model"] == model]
        cells = [column(runs[0]) if callable(column) else spread(runs, *column) for column in columns.values()]
        lines.append(f"| {' | '.join([name, *cells])} |")
    return "\n".join(lines)


def spread(runs: list[dict], score: str, digits: int) -> str:
    """Write mean ± standard deviation."""
    values = [run[score] for run in runs]
    return f"{mean(values):.{digits}f} ± {stdev(values):.{digits}f}"


def parameters(run: dict) -> str:
    """Write the number of parameters, the same in all runs."""
    return f"{run['parameters']:,}"


def assert_chapter_has(chapter: str, expected: str) -> None:
    """Fail, and show the table, unless the chapter has it, whole and once."""
    text = (ROOT / f"book/{chapter}.md").read_text("utf-8")
    start = re.escape(expected.partition("\n")[0])
    found = re.findall(rf"^{start}$.*?(?=\n\n)", text, re.MULTILINE | re.DOTALL)
    assert found == [expected], f"put this into the chapter:\n{expected}"


@cache
def experiments() -> dict:
    """Read what benchmarks/experiments measured."""
    return json.loads((ROOT / "benchmarks/results/experiments.json").read_text("utf-8"))


def experiment(row: str, reading: str, mark: int, score: str, *, part: int = 0) -> float:
    """Look up a mean over seeds (part 0), or its standard deviation (part 1)."""
    (found,) = [
        one["scores"][score][part]
        for one in experiments()["rows"]
        if (one["row"], one["reading"], one["mark"]) == (row, reading, mark)
    ]
    return found


def context(depth: int, skips: str, *, part: int = 0) -> float:
    """Look up the IoU in the task that needs context, after 1,000 steps at tuned thresholds."""
    return experiment(f"context: depth {depth}, skips {skips}", "tuned components", 1000, "IoU", part=part)


def printed(chapter: str) -> str:
    """Join what the cells of the stored notebook printed."""
    cells = json.loads((ROOT / f"book/{chapter}.ipynb").read_text("utf-8"))["cells"]
    outputs = [output for cell in cells for output in cell.get("outputs", [])]
    return "".join("".join(output.get("text", "")) for output in outputs)


def floor(scenes: str, answer: str, score: str) -> float:
    """Look up the score of an answer that needs no network."""
    (found,) = [
        one["scores"][score][0] for one in experiments()["floors"] if (one["scenes"], one["answer"]) == (scenes, answer)
    ]
    return found


def difference(row: str, reading: str, minus: str, its_reading: str, mark: int, score: str) -> list[float]:
    """Look up a paired difference: its mean, and both ends of its interval."""
    for one in experiments()["differences"]:
        pair = (one["row"], one["reading"], one["minus"], one["its reading"], one["mark"])
        if pair == (row, reading, minus, its_reading, mark):
            return one["scores"][score]
        if pair == (minus, its_reading, row, reading, mark):
            mean, low, high = one["scores"][score]
            return [-mean, -high, -low]
    raise KeyError(f"{row} and {minus} are not compared at {mark}")


def interval(numbers: list[float], digits: int = 3) -> str:
    """Write a difference and its interval, as chapters do."""
    value, low, high = (f"{number:.{digits}f}".replace("-", "−") for number in numbers)
    return f"{value} ({low} to {high})"
