"""Which rows are compared with which: (row, how it is read, the other, how that is read, steps)."""

from itertools import product

from rows import LONG, ROWS, SHORT

COMPARED = ("IoU", "AP", "merged", "outline F", "F per cell", "F between")
CURVES = (
    "plain",
    "border",
    "plain, rate 0.004",
    "border, rate 0.002",
    "shapes: plain",
    "shapes: border",
    "nuclei: plain",
    "nuclei: border",
)
LEVELS = (0.5, 0.7, 0.8, 0.9, 0.95)
READINGS = ("components", "tuned components", "watershed", "tuned watershed")
Comparison = tuple[str, str, str, str, int]


def _same(row: str, other: str, readings: tuple[str, ...], marks: tuple[int, ...]) -> list[Comparison]:
    return [(row, reading, other, reading, mark) for mark, reading in product(marks, readings)]


def _weights() -> list[Comparison]:
    """Compare weighted with plain, read alike, and then each in the way that suits it."""
    made = []
    for kind in ("", "shapes: ", "nuclei: "):
        border, plain = f"{kind}border", f"{kind}plain"
        made += _same(border, plain, READINGS, LONG)
        for mark in LONG:
            made += [
                (border, "components", plain, "watershed", mark),
                (border, "tuned components", plain, "tuned watershed", mark),
                (border, "components", plain, "tuned components", mark),
                (border, "watershed", border, "components", mark),
            ]
    for other in ("plain", "border"):
        made += _same("nuclei: three classes", f"nuclei: {other}", READINGS, LONG)
    for other in ("plain", "plain, rate 0.004"):
        made += _same("border, rate 0.002", other, READINGS, LONG)
    made += [("border, rate 0.002", "components", "plain", "tuned components", mark) for mark in LONG]
    made += _same("plain, rate 0.004", "plain", READINGS, LONG)
    losses = [row.name for row in ROWS if row.group == "c" and row.loss["kind"] != "plain"]
    return made + [
        one for name, other in product(losses, ("border", "plain")) for one in _same(name, other, READINGS, SHORT)
    ]


def _depths(scenes: str) -> list[Comparison]:
    """Compare every net with the U-Net of depth 3, and what skips add at every depth."""
    grid = {(d, s): f"{scenes}: depth {d}, skips {s}" for d, s in product((1, 2, 3, 4), ("none", "sum", "concat"))}
    if scenes == "cells":
        grid[3, "concat"] = "plain"
    pairs = [(name, grid[3, "concat"]) for name in grid.values() if name != grid[3, "concat"]]
    pairs += [(grid[d, s], grid[d, "none"]) for d, s in product((1, 2, 3, 4), ("sum", "concat"))]
    pairs += [(grid[d, "none"], grid[1, "none"]) for d in (2, 3, 4)]
    pairs += [(grid[d, s], grid[1, s]) for d, s in ((2, "sum"), (3, "sum"), (4, "sum"), (2, "concat"), (4, "concat"))]
    pairs.append((grid[4, "concat"], grid[2, "concat"]))
    if scenes == "context":
        pairs.append((grid[3, "concat"], "context: depth 1, as wide as depth 3 is heavy"))
    return [one for row, other in pairs for one in _same(row, other, READINGS[:2], LONG)]


def _real_depths() -> list[Comparison]:
    """Compare the nets on real nuclei; of depth 3 with concatenation, in "nuclei: plain", there are no raw files."""
    grid = {(d, s): f"nuclei: depth {d}, skips {s}" for d, s in product((1, 2, 3, 4), ("none", "sum", "concat"))}
    grid.pop((3, "concat"))
    pairs = [(name, grid[d, "none"]) for (d, s), name in grid.items() if s != "none"]
    pairs += [(name, grid[1, s]) for (d, s), name in grid.items() if d > 1]
    return [one for row, other in pairs for one in _same(row, other, READINGS[:2], LONG)]


def _nets() -> list[Comparison]:
    control, bare = "control: ", "cells: depth 3, skips none"
    pairs = [(f"{control}bottleneck of {k}", f"{control}bottleneck of 64") for k in (1, 4, 16)]
    pairs += [(f"{control}bottleneck of {k}", bare) for k in (1, 64)]
    shuffled = [f"{control}skips of another image{end}" for end in ("", ", in the test only")]
    pairs += [(row, other) for row in shuffled for other in ("plain", bare)]
    pairs += [
        (f"{control}FCN-8s", bare),
        (f"{control}patches, 64 pixels of an image", f"{control}patches, all pixels labelled"),
        (f"{control}U-Net, 64 pixels of an image", "plain"),
        (f"{control}U-Net, 64 pixels of an image", f"{control}patches, 64 pixels of an image"),
    ]
    made = [one for row, other in pairs for one in _same(row, other, READINGS[:2], SHORT)]
    for row in (f"{control}patches, all pixels labelled", f"{control}FCN-8s"):
        made += _same(row, "plain", READINGS, LONG)
    for depth in (1, 2, 3):
        made += _same(f"cells: depth {depth}, skips none", "plain", READINGS[2:], LONG)
    return made


COMPARISONS = [*_weights(), *_depths("context"), *_depths("cells"), *_real_depths(), *_nets()]
