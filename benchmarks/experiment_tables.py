"""Write the page of the experiments from results/experiments.json, which experiments/collect.py gathers."""

INTRODUCTION = """\
# Skips, depth and weights

Written by `benchmarks/run.py --tables` from `results/experiments.json`, which also has what is left out here. Trained
by `benchmarks/experiments` on a GPU, with steps in TF32; raw files are not kept, and the same commands make them again.
{runs}
{again}
- Each seed draws 96 new training scenes, first weights and batches; one run is scored after 300, 1,000 and 3,000 steps.
  The 200 test scenes are the same for all seeds. Of the 80 real images, each seed trains on 50, tunes on 10 and tests
  on 20, split anew.
- "0.967 [0.965, 0.969]": the mean over the seeds, and the middle 95 % of 1,000 bootstrap draws of seeds and test scenes
  (of real images, too). Differences are paired by seed and scene. With 4 or 5 seeds such an interval is too narrow
  rather than too wide.
- An answer is read at p > ½ by connected components; "tuned", at the threshold that did best on 40 validation scenes
  (by AP; by IoU in the task that needs context); "watershed", parted from the peaks of the smoothed distance.
- IoU and outline F are those of the uncarved truth. AP counts a cell as found above an IoU of 0.5. "F per cell" goes
  round every single cell of the carved truth, on which all networks train; "between" is its part within 4 pixels of a
  second cell, "outer" the rest. The outline F of the book's older tables punishes a gap that the target has: the carved
  truth itself gets {carved}.
- The rate was tuned once for each family, on seed 99, after 3,000 steps; taken were
  {rates}.
  For "cells none", 0.002 was as good as 0.004. The other nets of a family take over its rate, so a net can suffer from
  a rate too high for it, and some runs broke down (a table below); all means include them. Plain nets had 0.002,
  weighted ones and all other weights 0.004; "Plain and weighted at equal rates" trains each at the other's rate, too.
"""
RUN = """
{number}. Code {commit}, {files} raw files of {megabytes} MB; training took {train} s and scoring {score} s, summed over
   workers that shared the GPU. Measured with: {where}.

{commands}
"""
READINGS = {
    "components": "p > ½",
    "tuned components": "tuned",
    "watershed": "p > ½, watershed",
    "tuned watershed": "tuned, watershed",
}
SCORES = ("IoU", "AP", "merged", "split", "outline F", "F per cell", "F between", "F outer")
WITH_INTERVAL = ("IoU", "AP", "merged")
DEPTHS, SKIPS = (1, 2, 3, 4), ("none", "sum", "concat")


def page(result: dict) -> str:
    """Write all tables."""
    carved = _floor(result, "cells", "carved truth")["outline F"]
    chosen = [f"{tried['family']} {tried['rate']:g}" for tried in result["rates"] if tried["used"]]
    introduction = INTRODUCTION.format(
        runs="".join(_run(number, run) for number, run in enumerate(result["runs"], start=1)),
        again=_again(result["runs"]), carved=f"{carved[0]:.3f}", rates=", ".join(chosen),
    )  # fmt: skip
    parts = [
        introduction.rstrip(),
        *([_missing(result)] if result["missing"] else []),
        _broken(result),
        _scored(result, "Plain and weighted, crowded round cells", "cells", ("plain", "border")),
        _scored(
            result, "Plain and weighted at equal rates", "",
            ("plain", "border, rate 0.002", "plain, rate 0.004", "border"),
        ),
        _equal(result),
        _grid(result, "context", "IoU", "tuned components", "The task that needs context: IoU, tuned threshold"),
        _grid(result, "context", "AP", "tuned components", "The task that needs context: AP, tuned threshold"),
        _floors_only(result, "context", "Floors and ceilings of that task"),
        _grid(result, "cells", "F per cell", "components", "Round cells, the same nets: F per cell, p > ½"),
        _grid(result, "cells", "AP", "tuned components", "Round cells, the same nets: AP, tuned threshold"),
        _scored(result, "Other weights (4 seeds)", "", _controls(result, weights=True)),
        _scored(result, "Other nets and labels (4 seeds)", "", _controls(result, weights=False)),
        _scored(result, "Shapes that defeat a watershed", "shapes", ("shapes: plain", "shapes: border")),
        _scored(
            result, "Real nuclei", "nuclei", ("nuclei: plain", "nuclei: border", "nuclei: three classes")
        ),
        _grid(result, "nuclei", "IoU", "tuned components", "Real nuclei, depth and skips: IoU, tuned threshold"),
        _grid(result, "nuclei", "AP", "tuned components", "Real nuclei, depth and skips: AP, tuned threshold"),
        _differences(result),
    ]  # fmt: skip
    return "\n\n".join(parts) + "\n"


def _run(number: int, run: dict) -> str:
    commands = "\n".join(f"       PYTHONPATH=. python3 benchmarks/{command}" for command in run["commands"])
    where = ", ".join(f"{key} {value}" for key, value in run["machine"].items())
    size = {"files": run["raw"]["files"], "megabytes": round(run["raw"]["bytes"] / 1e6)}
    return RUN.format(number=number, commit=run["commit"], where=where, commands=commands, **size, **run["seconds"])


def _again(runs: list[dict]) -> str:
    """Say which rows were trained in two runs, and whether their scores are the same."""
    rows = {row: same for run in runs for row, same in run.get("again", {}).items()}
    named = {kept: ", ".join(row for row, same in rows.items() if same == kept) for kept in (True, False)}
    said = {True: "their scores agree in every digit", False: "their scores differ"}
    lines = [
        f"Trained with the same seeds in two runs, {said[kept]}: {named[kept]}.\n" for kept in named if named[kept]
    ]
    return "".join(lines)


def _floor(result: dict, scenes: str, answer: str) -> dict:
    return next(one["scores"] for one in result["floors"] if (one["scenes"], one["answer"]) == (scenes, answer))


def _number(value: float) -> str:
    return f"{value:.3f}" if value == value else "–"


def _interval(scored: list[float]) -> str:
    mean, low, high = scored[0], *scored[-2:]
    return f"{_number(mean)} [{_number(low)}, {_number(high)}]"


def _table(title: str, head: tuple[str, ...], lines: list[list[str]]) -> str:
    rows = [list(head), ["---"] * len(head), *lines]
    return f"## {title}\n\n" + "\n".join("| " + " | ".join(row) + " |" for row in rows)


def _scores(scores: dict) -> list[str]:
    return [_interval(scores[name]) if name in WITH_INTERVAL else _number(scores[name][0]) for name in SCORES]


def _scored(result: dict, title: str, scenes: str, rows: tuple[str, ...]) -> str:
    """Write floors and ceilings, then every row at every mark as it was read."""
    floors = [one for one in result["floors"] if one["scenes"] == scenes]
    lines = [["–", one["answer"], "–", "–", *_scores(one["scores"])] for one in floors]
    order = {name: i for i, name in enumerate(rows)}
    scored = [one for one in result["rows"] if one["row"] in order]
    for one in sorted(scored, key=lambda one: (one["mark"], order[one["row"]])):
        name = one["row"].removeprefix("control: ")
        lines.append(
            [f"{one['mark']:,}", name, READINGS[one["reading"]], str(len(one["seeds"])), *_scores(one["scores"])]
        )
    return _table(title, ("steps", "answer", "read", "seeds", *SCORES), lines)


def _floors_only(result: dict, scenes: str, title: str) -> str:
    lines = [[one["answer"], *_scores(one["scores"])] for one in result["floors"] if one["scenes"] == scenes]
    return _table(title, ("answer", *SCORES), lines)


def _controls(result: dict, *, weights: bool) -> tuple[str, ...]:
    """Name the controls that were read by watershed (of weights), or the others."""
    full: dict[str, bool] = {}
    for one in result["rows"]:
        if one["group"] == "c":
            full[one["row"]] = full.get(one["row"], False) or one["reading"] == "watershed"
    return tuple(name for name, read in full.items() if read == weights)


def _grid(result: dict, scenes: str, score: str, reading: str, title: str) -> str:
    """Cross depths with skips, a block for every mark."""
    at = {(one["row"], one["mark"]): one for one in result["rows"] if one["reading"] == reading}
    names = {(depth, skips): f"{scenes}: depth {depth}, skips {skips}" for depth in DEPTHS for skips in SKIPS}
    if scenes != "context":
        names[3, "concat"] = {"cells": "plain", "nuclei": "nuclei: plain"}[scenes]
    lines = []
    for mark in (300, 1000, 3000):
        for depth in DEPTHS:
            cells = [at[names[depth, skips], mark] for skips in SKIPS]
            entries = [f"{_interval(one['scores'][score])}, {len(one['seeds'])} seeds" for one in cells]
            without, with_skips = (f"{one['parameters']:,}" for one in (cells[0], cells[-1]))
            lines.append([f"{mark:,}", str(depth), without, *entries, with_skips])
        wide = at.get(("context: depth 1, as wide as depth 3 is heavy", mark)) if scenes == "context" else None
        if wide:
            entry = f"{_interval(wide['scores'][score])}, {len(wide['seeds'])} seeds"
            lines.append([f"{mark:,}", "1, width 54", "–", "–", "–", entry, f"{wide['parameters']:,}"])
    head = ("steps", "depth", "parameters without", "no skips", "summed", "concatenated", "parameters with")
    return _table(title, head, lines)


def _equal(result: dict) -> str:
    """Write what areas are left at equal separation."""
    lines = []
    for one in result["equal"]:
        reach = " and ".join(f"{reached} of {one['seeds']}" for reached in one["reach"])
        numbers = ["–", "–", "–"]
        if "difference" in one:
            numbers = [_number(one["border"]), _number(one["plain"]), _interval(one["difference"])]
        if max(one["reach"]):
            lines.append([one["scenes"], f"{one['mark']:,}", f"{one['AP']:g}", reach, *numbers])
    head = (
        "scenes",
        "steps",
        "AP at least",
        "seeds that reach it (weighted, plain)",
        "weighted",
        "plain",
        "difference",
    )
    return _table("The largest IoU at equal separation, over all thresholds of the test scenes", head, lines)


def _missing(result: dict) -> str:
    lines = [[one["row"], str(one["wanted"] - len(one["missing"])), str(one["wanted"])] for one in result["missing"]]
    return _table("Runs that are missing", ("row", "trained", "planned"), lines)


def _broken(result: dict) -> str:
    lines = [
        [one["row"].removeprefix("control: "), str(one["seed"]), one["why"], ", ".join(map(_number, one["IoU"]))]
        for one in result["broken"]
    ]
    return _table("Runs that broke down", ("row", "seed", "what happens", "IoU at p > ½, after all marks"), lines)


def _differences(result: dict) -> str:
    """Write the differences of weighted nets at all marks, and the others at their last."""
    names, weighted = (
        ("IoU", "AP", "merged", "F per cell"),
        ("border", "border, rate 0.002", "shapes: border", "nuclei: border"),
    )
    last = {
        one["row"]: max(other["mark"] for other in result["rows"] if other["row"] == one["row"])
        for one in result["differences"]
    }
    lines = []
    for one in result["differences"]:
        if one["row"] in weighted or one["mark"] == last[one["row"]]:
            first, second = (
                f"{one[row].removeprefix('control: ')}, {READINGS[one[reading]]}"
                for row, reading in (("row", "reading"), ("minus", "its reading"))
            )
            scores = [_interval(one["scores"][name]) for name in names]
            lines.append([f"{one['mark']:,}", first, second, str(one["seeds"]), *scores])
    return _table("Differences, paired", ("steps", "first", "minus", "seeds", *names), lines)
