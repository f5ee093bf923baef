"""Make one file of all shards: `PYTHONPATH=. python3 benchmarks/experiments/collect.py SHARDS --commit COMMIT`.

Every score of every row, with its interval; curves over the threshold; and the differences on which conclusions rest.
With `--onto RECORD` the rows of the shards join those of a record whose raw files are gone; a row that both have is
taken from the shards, and only rows that were shared are compared. `benchmarks/run.py --tables` writes the page.
"""

import argparse
import json
from collections import defaultdict
from pathlib import Path

import gather
import numpy as np
import score
from comparisons import COMPARED, COMPARISONS, CURVES, LEVELS
from rows import ROWS

RESULT = Path(__file__).parents[1] / "results" / "experiments.json"
FALL = 0.2
NUCLEI, TESTED = 80, 20  # real images in all, and those that a seed tests on


def main() -> None:
    """Read the shards and write the file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("shards", type=Path, help="folder of the shards")
    parser.add_argument("--commit", required=True, help="of the code that trained")
    parser.add_argument("--onto", type=Path, help="a record that the rows are added to")
    parser.add_argument("--out", type=Path, default=RESULT)
    given = parser.parse_args()
    result = collected(given.shards, given.commit)
    if given.onto is not None:
        result = added(json.loads(given.onto.read_text("utf-8")), result)
    write(given.out, result)


def collected(folder: Path, commit: str) -> dict:
    """Gather what the tables and the chapters need.

    Raises:
        ValueError: If the folder holds no shard.
    """
    shards = gather.read(folder)
    if not shards:
        raise ValueError(f"no shards in {folder}: give the folder that `benchmarks/experiments --out` wrote to")
    machines = [shard["machine"] for shard in shards]
    sizes = [path.stat().st_size for path in folder.glob("*.json")]
    named = {shard["row"]["name"] for shard in shards}
    run = {
        "commit": commit,
        "machine": {key: value for key, value in machines[0].items() if key != "command"},
        "commands": sorted({machine["command"] for machine in machines}),
        "setting": {key: value for key, value in shards[0]["setting"].items() if value != ""},
        "raw": {"files": len(sizes), "bytes": sum(sizes)},
        "seconds": {key: round(_seconds(shards, key)) for key in ("prepare", "train", "score")},
        "rows": [row.name for row in ROWS if row.name in named],
    }
    return {
        "runs": [run],
        "scores": list(gather.SCORES),
        "rates": _rates(folder, shards),
        "missing": _gaps({row.name: {shard["seed"] for shard in _named(shards, row.name)} for row in ROWS}),
        "broken": broken(shards),
        "floors": _floors(folder),
        "rows": [line for row in ROWS for line in _lines(shards, row.name)],
        "curves": [_curve(shards, row, mark) for row in CURVES if row in named for mark in _marks(shards, row)],
        "equal": _equal(shards),
        "differences": [_compared(shards, *one) for one in COMPARISONS if {one[0], one[2]} <= named],
    }


# What tells the lines of a list apart.
KEYS = {
    "rates": ("family", "rate"),
    "floors": ("scenes", "answer"),
    "rows": ("row", "mark", "reading"),
    "curves": ("row", "mark"),
    "equal": ("scenes", "mark", "AP"),
    "differences": ("row", "reading", "minus", "its reading", "mark"),
}


def added(record: dict, result: dict) -> dict:
    """Add the rows of further runs to a record, in the order of `ROWS` and `COMPARISONS`.

    Args:
        record: As it is written.
        result: Of further shards, from `collected`.
    """
    joined = result | {"runs": record["runs"] + result["runs"]}
    for part, keys in KEYS.items():
        lines = {tuple(line[key] for key in keys): line for line in record[part] + result[part]}
        joined[part] = list(lines.values())
    order = {row.name: place for place, row in enumerate(ROWS)}
    joined["rows"].sort(key=lambda line: order[line["row"]])  # marks and readings stay as they are
    places = {one: place for place, one in enumerate(COMPARISONS)}
    joined["differences"].sort(key=lambda line: places[tuple(line[key] for key in KEYS["differences"])])
    result["runs"][0]["again"] = again(record["rows"], result["rows"])
    renewed = set(result["runs"][0]["rows"])
    joined["broken"] = [line for line in record["broken"] if line["row"] not in renewed] + result["broken"]
    joined["broken"].sort(key=lambda line: (order[line["row"]], line["seed"]))
    joined["missing"] = _gaps({line["row"]: set(line["seeds"]) for line in joined["rows"]})
    return joined


def again(before: list[dict], now: list[dict]) -> dict[str, bool]:
    """Say for every row that was trained with the same seeds before whether all its scores are the same.

    Args:
        before: Lines of rows, as in a record.
        now: Those of further shards.
    """
    by_row: dict[str, list[list[dict]]] = defaultdict(lambda: [[], []])
    for place, lines in enumerate((before, now)):
        for line in lines:
            by_row[line["row"]][place].append(line)
    return {row: old == new for row, (old, new) in by_row.items() if old and new and _seeds(old) == _seeds(new)}


def _seeds(lines: list[dict]) -> list[list[int]]:
    return [line["seeds"] for line in lines]


def write(path: Path, result: dict) -> None:
    """Write the file with one entry a line, so that changes can be read."""
    lines = []
    for key, value in result.items():
        if isinstance(value, list) and value and isinstance(value[0], dict):
            inner = ",\n  ".join(_short(one) for one in value)
            lines.append(f"{_short(key)}: [\n  {inner}\n ]")
        else:
            lines.append(f"{_short(key)}: {_short(value)}")
    path.write_text("{\n " + ",\n ".join(lines) + "\n}\n", "utf-8")


def images_of(shards: list[dict]) -> np.ndarray | None:
    """Number the test images of every seed where the seeds have different ones."""
    if shards[0]["row"]["scenes"] != "nuclei":
        return None
    return np.stack([np.random.default_rng(shard["seed"]).permutation(NUCLEI)[-TESTED:] for shard in shards])


def _short(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _rounded(numbers) -> list[float]:
    return [round(float(number), 4) for number in numbers]


def _seconds(shards: list[dict], key: str) -> float:
    return sum(shard["seconds"][key] / shard["together"] for shard in shards)


def _named(shards: list[dict], row: str) -> list[dict]:
    return [shard for shard in shards if shard["row"]["name"] == row]


def _marks(shards: list[dict], row: str) -> list[int]:
    return [int(mark) for mark in _named(shards, row)[0]["marks"]]


def _rates(folder: Path, shards: list[dict]) -> list[dict]:
    """Give what every rate was worth to its family, and whether the family was trained with it."""
    tried = [json.loads(path.read_text("utf-8")) for path in sorted(folder.glob("tune_*.json"))]
    used = {(shard["row"]["family"], shard["rate"]) for shard in shards}
    rates = []
    for shard in tried:
        family, rate, last = shard["row"]["family"], shard["rate"], list(shard["marks"].values())[-1]
        quality = round(last["quality"], 4)
        rates.append({"family": family, "rate": rate, "quality": quality, "used": (family, rate) in used})
    return rates


def _gaps(done: dict[str, set[int]]) -> list[dict]:
    """List the rows that lack seeds."""
    gaps = []
    for row in ROWS:
        absent = [seed for seed in range(row.seeds) if seed not in done.get(row.name, ())]
        if absent:
            gaps.append({"row": row.name, "wanted": row.seeds, "missing": absent})
    return gaps


def broken(shards: list[dict]) -> list[dict]:
    """List the runs that never find a cell, and those whose IoU at p > ½ falls by more than `FALL` at once."""
    found = []
    for shard in shards:
        marks = [int(mark) for mark in shard["marks"]]
        half, tuned = (
            [_iou(shard["marks"][str(mark)]["scenes"][reading]) for mark in marks]
            for reading in ("components", "tuned components")
        )
        fell = [(marks[i], marks[i + 1]) for i in range(len(half) - 1) if half[i] - half[i + 1] > FALL]
        if max(tuned) == 0 or fell:
            why = f"falls between {fell[-1][0]:,} and {fell[-1][1]:,} steps" if fell else "never finds a cell"
            found.append({"row": shard["row"]["name"], "seed": shard["seed"], "why": why, "IoU": _rounded(half)})
    return found


def _iou(scenes: list[list[int]]) -> float:
    return float(score.area_iou(np.array(scenes).sum(axis=0)))


def _floors(folder: Path) -> list[dict]:
    found = []
    for kind in ("cells", "context", "shapes", "nuclei"):
        stored = [json.loads(path.read_text("utf-8")) for path in sorted(folder.glob(f"floors_{kind}_*.json"))]
        for shard in stored:
            shard["row"] = {"scenes": kind}
        for name in stored[0]["scenes"] if stored else []:
            counts = np.array([shard["scenes"][name] for shard in stored])
            scores = gather.intervals(counts, images=images_of(stored))
            found.append({
                "scenes": kind, "answer": name, "splits": len(stored),
                "scores": {key: _rounded(numbers) for key, numbers in scores.items()},
            })  # fmt: skip
    return found


def _lines(shards: list[dict], name: str) -> list[dict]:
    """Give one line for every mark and reading of a row."""
    lines, named = [], _named(shards, name)
    for mark in _marks(shards, name) if named else []:
        for reading in named[0]["marks"][str(mark)]["scenes"]:
            scores = gather.intervals(gather.counts_of(shards, name, mark, reading), images=images_of(named))
            line = {
                "row": name, "group": named[0]["row"]["group"], "seeds": [shard["seed"] for shard in named],
                "parameters": named[0]["parameters"], "rate": named[0]["rate"], "mark": mark, "reading": reading,
            }  # fmt: skip
            if reading.startswith("tuned"):
                best = [shard["marks"][str(mark)]["best"][reading.removeprefix("tuned ")] for shard in named]
                line["thresholds"] = sorted(best)
            lines.append(line | {"scores": {key: _rounded(numbers) for key, numbers in scores.items()}})
    return lines


def _points(shards: list[dict], row: str, mark: int) -> dict[str, np.ndarray]:
    """Give scores of the components at every threshold (seeds, thresholds)."""
    counts = np.array([shard["marks"][str(mark)]["curve"] for shard in _named(shards, row)])
    cells = counts[..., score.FIELDS.index("cells")]
    return {
        "AP": score.average_precision(counts),
        "IoU": score.area_iou(counts),
        "merged": counts[..., score.FIELDS.index("merged")] / cells,
        "split": counts[..., score.FIELDS.index("split")] / cells,
    }


def _curve(shards: list[dict], row: str, mark: int) -> dict:
    points = {name: np.nanmean(values, axis=0) for name, values in _points(shards, row, mark).items()}
    named = _named(shards, row)
    kept = {"row": row, "mark": mark, "seeds": len(named), "thresholds": named[0]["thresholds"]}
    return kept | {name: _rounded(values) for name, values in points.items()}


def iou_at(points: dict[str, np.ndarray], level: float) -> np.ndarray:
    """Read off every seed's curve its largest IoU where AP is at least `level`; nan where it never is.

    Between two thresholds both scores change in a straight line.
    """
    read = []
    for ap, iou in zip(np.nan_to_num(points["AP"]), points["IoU"], strict=True):
        fine = np.linspace(0, len(ap) - 1, 100 * (len(ap) - 1) + 1)
        ap, iou = np.interp(fine, np.arange(len(ap)), ap), np.interp(fine, np.arange(len(iou)), iou)
        read.append(iou[ap >= level].max() if (ap >= level).any() else np.nan)
    return np.array(read)


def _equal(shards: list[dict]) -> list[dict]:
    """Compare areas at equal separation: the largest IoU of each curve at an AP, and their paired difference."""
    compared, rows = [], {shard["row"]["name"] for shard in shards}
    for kind in ("", "shapes: ", "nuclei: "):
        if not {f"{kind}border", f"{kind}plain"} <= rows:
            continue
        for mark in _marks(shards, f"{kind}border"):
            for level in LEVELS:
                with_map, without = (
                    iou_at(_points(shards, f"{kind}{which}", mark), level) for which in ("border", "plain")
                )
                both = ~np.isnan(with_map) & ~np.isnan(without)
                line = {"scenes": kind.removesuffix(": ") or "cells", "mark": mark, "AP": level, "seeds": len(both)}
                line |= {"reach": [int((~np.isnan(one)).sum()) for one in (with_map, without)]}
                if both.sum() > 1:
                    more = with_map[both] - without[both]
                    draws = np.random.default_rng(0).integers(len(more), size=(gather.ROUNDS, len(more)))
                    line["border"], line["plain"] = _rounded((with_map[both].mean(), without[both].mean()))
                    line["difference"] = _rounded((more.mean(), *np.percentile(more[draws].mean(1), (2.5, 97.5))))
                compared.append(line)
    return compared


def _compared(shards: list[dict], row: str, reading: str, other: str, other_reading: str, mark: int) -> dict:
    """Give differences over the seeds that both rows have."""
    seeds = {shard["seed"] for shard in _named(shards, row)} & {shard["seed"] for shard in _named(shards, other)}
    common = [shard for shard in shards if shard["seed"] in seeds]
    made = gather.differences(
        gather.counts_of(common, row, mark, reading),
        gather.counts_of(common, other, mark, other_reading),
        {name: gather.SCORES[name] for name in COMPARED},
        images=images_of(_named(common, row)),
    )
    return {
        "row": row, "reading": reading, "minus": other, "its reading": other_reading, "mark": mark,
        "seeds": len(seeds), "scores": {name: _rounded(numbers) for name, numbers in made.items()},
    }  # fmt: skip


if __name__ == "__main__":
    main()
