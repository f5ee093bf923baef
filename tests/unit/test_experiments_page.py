"""The page of the experiments says what their file says, and the file says what the book concludes."""

import json
import re
import sys
from pathlib import Path

import numpy as np
import pytest

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
sys.path[:0] = [str(BENCHMARKS), str(BENCHMARKS / "experiments")]
collect, comparisons, gather, rows, tables = (
    __import__(name) for name in ("collect", "comparisons", "gather", "rows", "experiment_tables")
)
RESULT = json.loads((BENCHMARKS / "results" / "experiments.json").read_text("utf-8"))
PAGE = (BENCHMARKS / "EXPERIMENTS.md").read_text("utf-8")

# What one does better than the other, with its interval on one side of 0: (first, read, second, read, steps, score).
HIGHER = (
    ("border", "components", "plain", "components", 3000, "AP"),
    ("plain", "components", "border", "components", 3000, "IoU"),
    ("border", "tuned components", "plain", "tuned components", 1000, "AP"),
    ("plain", "watershed", "border", "watershed", 3000, "AP"),
    ("plain", "watershed", "border", "components", 3000, "AP"),
    ("plain", "watershed", "border", "components", 3000, "IoU"),
    ("border", "components", "control: the formula as printed, at every pixel", "components", 1000, "AP"),
    ("border", "components", "control: a ring without d_2, equal total weight", "components", 1000, "AP"),
    ("border", "components", "control: a dear background, equal total weight", "components", 1000, "AP"),
    ("control: a ring without d_2, equal total weight", "components", "plain", "components", 1000, "AP"),
    ("control: the formula as printed, at every pixel", "tuned watershed", "border", "tuned watershed", 1000, "AP"),
    ("shapes: border", "components", "shapes: plain", "watershed", 3000, "AP"),
    ("shapes: border", "tuned components", "shapes: plain", "tuned watershed", 3000, "AP"),
    ("nuclei: border", "tuned components", "nuclei: plain", "tuned components", 3000, "AP"),
    ("nuclei: plain", "watershed", "nuclei: border", "components", 3000, "AP"),
    ("nuclei: three classes", "tuned components", "nuclei: border", "tuned components", 3000, "AP"),
    ("border, rate 0.002", "tuned components", "plain", "tuned components", 300, "AP"),
    ("border, rate 0.002", "tuned components", "plain, rate 0.004", "tuned components", 300, "AP"),
    ("border, rate 0.002", "tuned components", "plain", "tuned components", 3000, "AP"),
    ("plain", "watershed", "border, rate 0.002", "watershed", 3000, "AP"),
    ("nuclei: depth 4, skips concat", "tuned components", "nuclei: depth 4, skips none", "tuned components", 3000, "AP"),
    *(
        ("context: depth 3, skips concat", "tuned components", f"context: {other}", "tuned components", mark, "IoU")
        for other in (
            "depth 1, skips concat", "depth 2, skips concat", "depth 3, skips none",
            "depth 1, as wide as depth 3 is heavy",
        )
        for mark in (1000, 3000)
    ),
    ("cells: depth 1, skips none", "components", "plain", "components", 3000, "IoU"),
    ("plain", "tuned components", "cells: depth 1, skips none", "tuned components", 3000, "AP"),
    ("plain", "components", "control: skips of another image", "components", 1000, "F per cell"),
    ("cells: depth 3, skips none", "components", "control: FCN-8s", "components", 1000, "F per cell"),
)  # fmt: skip
# What cannot be told apart: the interval holds 0.
OPEN = (
    ("border", "tuned components", "plain", "tuned components", 3000, "IoU"),
    ("border", "tuned watershed", "plain", "tuned watershed", 3000, "AP"),
    ("control: the formula as printed, at every pixel", "tuned components", "border", "tuned components", 1000, "AP"),
    ("control: the formula as printed, at every pixel", "components", "plain", "components", 1000, "AP"),
    ("control: balanced w_c", "components", "border", "components", 1000, "AP"),
    ("control: σ = 2", "components", "border", "components", 1000, "AP"),
    ("control: σ = 10", "components", "border", "components", 1000, "AP"),
    ("shapes: border", "tuned components", "shapes: plain", "tuned components", 3000, "AP"),
    *(("border, rate 0.002", "tuned watershed", "plain", "tuned watershed", mark, "AP") for mark in (1000, 3000)),
    *(
        (f"nuclei: depth {depth}, skips sum", "tuned components", f"nuclei: depth {depth}, skips none", "tuned components",
         3000, "AP")
        for depth in (1, 2, 3)
    ),
    *(("nuclei: border", "components", "nuclei: plain", "components", mark, "IoU") for mark in (300, 1000, 3000)),
    ("context: depth 3, skips sum", "tuned components", "context: depth 3, skips concat", "tuned components", 1000, "IoU"),
    ("control: skips of another image", "components", "cells: depth 3, skips none", "components", 1000, "F per cell"),
    ("control: bottleneck of 16", "components", "control: bottleneck of 64", "components", 1000, "F per cell"),
)  # fmt: skip


def difference(first, read, second, other_read, mark, score):
    """Give the interval of first minus second, whichever way round it is stored."""
    for one in RESULT["differences"]:
        pair = (one["row"], one["reading"], one["minus"], one["its reading"], one["mark"])
        if pair == (first, read, second, other_read, mark):
            return one["scores"][score][1:]
        if pair == (second, other_read, first, read, mark):
            low, high = one["scores"][score][1:]
            return [-high, -low]
    raise KeyError(f"{first} and {second} are not compared at {mark}")


def line(row, mark, reading):
    """Give the stored scores of a row."""
    return next(
        one["scores"] for one in RESULT["rows"] if (one["row"], one["mark"], one["reading"]) == (row, mark, reading)
    )


@pytest.mark.parametrize("claim", HIGHER, ids=str)
def test_what_is_concluded_has_its_interval_on_one_side(claim):
    assert difference(*claim)[0] > 0


@pytest.mark.parametrize("claim", OPEN, ids=str)
def test_what_cannot_be_told_has_its_interval_on_both_sides(claim):
    low, high = difference(*claim)
    assert low <= 0 <= high


def test_the_page_is_written_from_the_file():
    assert tables.page(RESULT) == PAGE
    assert "(EXPERIMENTS.md)" in (BENCHMARKS / "README.md").read_text("utf-8")


def test_a_changed_number_changes_the_page():
    changed = json.loads(json.dumps(RESULT))
    next(one for one in changed["rows"] if one["row"] == "border")["scores"]["AP"][0] += 0.01
    assert tables.page(changed) != PAGE


def test_headline_numbers_stand_on_the_page_as_they_are_stored():
    for reading, shown in tables.READINGS.items():
        scores = line("border", 3000, reading)
        mean, _, low, high = scores["AP"]
        assert re.search(
            rf"\| 3,000 \| border \| {re.escape(shown)} \| 10 \| [^|]+ \| {mean:.3f} \[{low:.3f}, {high:.3f}\]", PAGE
        )


def test_every_row_is_there_or_named_as_missing():
    seeds = {one["row"]: len(one["seeds"]) for one in RESULT["rows"]}
    missing = {one["row"]: len(one["missing"]) for one in RESULT["missing"]}
    assert seeds == {row.name: row.seeds - missing.get(row.name, 0) for row in rows.ROWS}
    marks = {(one["row"], one["mark"]) for one in RESULT["rows"]}
    assert marks == {(row.name, mark) for row in rows.ROWS for mark in row.marks}
    assert len(RESULT["differences"]) == len(set(comparisons.COMPARISONS)) == len(comparisons.COMPARISONS)


def test_intervals_hold_their_means():
    scored = [one["scores"] for one in RESULT["rows"]]
    for name in ("IoU", "AP", "merged", "F per cell"):
        for mean, spread, low, high in (scores[name] for scores in scored):
            assert low - 1e-4 <= mean <= high + 1e-4
            assert spread >= 0


def test_floors_and_ceilings_are_what_they_must_be():
    floors = {(one["scenes"], one["answer"]): one["scores"] for one in RESULT["floors"]}
    for scenes in rows.SCENES:
        assert floors[scenes, "truth"]["IoU"][0] == floors[scenes, "truth"]["AP"][0] == 1
        assert floors[scenes, "carved truth"]["F per cell"][0] == 1
        assert floors[scenes, "all background"]["AP"][0] == 0
    assert floors["shapes", "truth, watershed"]["AP"][0] < 0.3 < floors["cells", "truth, watershed"]["AP"][0]


def test_context_is_learned_only_by_deep_nets_with_skips():
    lazy = next(one["scores"]["IoU"] for one in RESULT["floors"] if one["answer"] == "all granules")
    best = {
        (depth, skips): line(f"context: depth {depth}, skips {skips}", 1000, "tuned components")["IoU"]
        for depth in (1, 2, 3) for skips in ("none", "sum", "concat")
    }  # fmt: skip
    assert lazy[3] < 0.3
    assert all(best[1, skips][3] < 0.35 for skips in ("none", "sum", "concat"))
    assert max(best[depth, "none"][3] for depth in (1, 2, 3)) < 0.65
    assert min(best[3, skips][2] for skips in ("sum", "concat")) > 0.9


def test_the_narrowest_bottlenecks_are_dead_and_prove_nothing():
    assert line("control: bottleneck of 1", 1000, "components")["IoU"][3] == 0
    dead = [one["row"] for one in RESULT["broken"] if one["why"] == "never finds a cell"]
    assert dead.count("control: bottleneck of 1") == 4
    assert PAGE.count("| never finds a cell |") == len(dead)


def test_a_run_that_falls_is_named_and_one_that_rises_is_not():
    fields = np.zeros(len(collect.score.FIELDS), int)

    def shard(*ious):
        marks = {}
        for mark, iou in zip((300, 1000), ious, strict=True):
            fields[[collect.score.FIELDS.index("inter"), collect.score.FIELDS.index("union")]] = iou, 100
            marks[str(mark)] = {"scenes": {key: [fields.tolist()] for key in ("components", "tuned components")}}
        return {"row": {"name": "made up"}, "seed": 0, "marks": marks}

    assert [one["why"] for one in collect.broken([shard(90, 60), shard(60, 90), shard(0, 0), shard(90, 75)])] == [
        "falls between 300 and 1,000 steps",
        "never finds a cell",
    ]


def test_rows_of_a_further_run_join_a_record():
    def line(row, seeds, ap):
        scores = {"AP": [ap, 0.0, ap, ap]}
        return {"row": row, "mark": 300, "reading": "components", "seeds": list(range(seeds)), "scores": scores}

    def record(run, lines, broken=()):
        names = list(dict.fromkeys(one["row"] for one in lines))
        empty = {part: [] for part in collect.KEYS}
        return empty | {"runs": [{"commit": run, "rows": names}], "rows": lines, "broken": list(broken)}

    fallen = [{"row": name, "seed": 1} for name in ("plain", "border")]
    old = record("old", [line("plain", 10, 0.1), line("border", 10, 0.2), line("nuclei: plain", 3, 0.3)], fallen)
    new = record("new", [line("nuclei: plain", 5, 0.4), line("border", 10, 0.2), line("plain", 10, 0.5)])
    joined = collect.added(old, new)
    assert [(one["row"], one["scores"]["AP"][0]) for one in joined["rows"]] == [
        ("plain", 0.5), ("border", 0.2), ("nuclei: plain", 0.4),
    ]  # fmt: skip
    assert [run["commit"] for run in joined["runs"]] == ["old", "new"]
    assert joined["runs"][1]["again"] == {"plain": False, "border": True}  # other seeds say nothing
    assert joined["broken"] == []  # both were trained again, and did not fall
    gaps = {one["row"]: one["missing"] for one in joined["missing"]}
    assert "plain" not in gaps
    assert "nuclei: plain" not in gaps
    assert gaps["nuclei: border"] == [0, 1, 2, 3, 4]
    said = tables._again(joined["runs"])
    assert "agree in every digit: border.\n" in said
    assert "differ: plain.\n" in said


def test_images_that_recur_are_drawn_together():
    shards = [{"row": {"scenes": "nuclei"}, "seed": seed} for seed in range(3)]
    images = collect.images_of(shards)
    assert images.shape == (3, 20)
    assert len(set(images[0])) == 20
    assert images.max() < collect.NUCLEI
    assert collect.images_of([{"row": {"scenes": "cells"}}]) is None
    counts = np.ones((2, 4, 3), np.int64) * np.arange(4)[None, :, None]
    drawn = gather._drawn(counts, np.array([[0, 1, 2, 3], [3, 2, 1, 0]]), 0)
    flipped = gather._drawn(counts[:, ::-1], np.array([[3, 2, 1, 0], [0, 1, 2, 3]]), 0)
    assert (drawn == flipped).all()


def test_area_at_equal_separation_is_read_between_thresholds():
    points = {"AP": np.array([[0.0, 0.5, 1.0], [0.1, 0.2, 0.3]]), "IoU": np.array([[1.0, 0.8, 0.4], [1.0, 1.0, 1.0]])}
    found = collect.iou_at(points, 0.75)
    assert found[0] == pytest.approx(0.6)
    assert np.isnan(found[1])
