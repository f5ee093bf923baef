"""Chapter 10's tables are what benchmarks/training.py measured, and what it counts is what its text says."""

import re
from statistics import mean

import pytest
from results import (
    ROOT,
    assert_chapter_has,
    context,
    difference,
    experiment,
    experiment_table,
    experiments,
    floor,
    interval,
    measured,
    parameters,
    printed,
    table,
)  # fmt: skip

MODELS = {
    "patch classifier": "patch classifier",
    "FCN-8s": "FCN-8s",
    "encoder–decoder, depth 3": "encoder–decoder",
    "U-Net": "U-Net",
    "U-Net, weighted loss": "U-Net, weighted",
}


def work(run):
    return f"{run['multiply–adds'] / 1e6:,.0f} M"


def time(run):
    return f"{run['time']:.1f}"


IDEAS = {  # the notes' closing table, and a row of the book's own
    "patch classifier": "Patch-based | local classification | simple",
    "FCN-8s": "FCN | full-image convolution | efficient",
    "encoder–decoder, depth 3": "Deconvolution | learnable upsampling | resolution recovery",
    "U-Net": "U-Net | skip connections | sharp boundaries",
    "U-Net, weighted loss": "U-Net, weighted | errors on background between cells cost more | cells apart",
}


def costs(rows):
    columns = {"parameters": parameters, "multiply–adds": work, "time": time}
    text = table(rows, "model | key idea | strength", IDEAS, columns)
    return text.replace("|---|---|---|---|\n", "|---|---|---|---|---|---|\n")  # two of the columns stand in the names


def gains(rows):
    columns = {"mIoU": ("mIoU", 3), "boundary F": ("boundary F", 3), "AP": ("AP", 2), "merged": ("merged", 2)}
    return table(rows, "network", MODELS, columns)


HALF, TUNED, CUT = "components", "tuned components", "watershed"
WITHOUT = {
    "truth, components": "the true classes",
    "truth, watershed": "the true classes, watershed",
    "carved truth": "the carved target",
    "all background": "background everywhere",
    "Otsu, components": "Otsu's threshold",
    "Otsu, watershed": "Otsu's threshold, watershed",
}
FAIRER = {
    "control: patches, 64 pixels of an image": "patch classifier, 64 pixels of an image",
    "control: patches, all pixels labelled": "patch classifier, all pixels",
    "control: U-Net, 64 pixels of an image": "U-Net, 64 pixels of an image",
    "control: FCN-8s": "FCN-8s",
    "cells: depth 3, skips none": "encoder–decoder, depth 3",
    "cells: depth 1, skips none": "encoder–decoder, depth 1",
    "plain": "U-Net",
    "border": "U-Net, weighted",
}


def bounds():
    columns = {"IoU": ("IoU", 3), "boundary F": ("outline F", 3), "F per cell": ("F per cell", 3), "AP": ("AP", 2)}
    return experiment_table("answer", [(words, ("cells", answer)) for answer, words in WITHOUT.items()], columns)


def fairer():
    columns = {
        "IoU": ("IoU", 3, HALF),
        "F per cell": ("F per cell", 3, HALF),
        "AP at ½": ("AP", 2, HALF),
        "AP, tuned": ("AP", 2, TUNED),
    }
    return experiment_table("network", [(words, (row, 1000)) for row, words in FAIRER.items()], columns)


def five():
    rows = {
        "patch classifier": "control: patches, all pixels labelled",
        "FCN-8s": "control: FCN-8s",
        "encoder–decoder": "cells: depth 3, skips none",
        "U-Net": "plain",
        "U-Net, weighted": "border",
    }
    columns = {
        "IoU": ("IoU", 3, HALF),
        "F per cell": ("F per cell", 3, HALF),
        "AP at ½": ("AP", 2, HALF),
        "AP, tuned": ("AP", 2, TUNED),
    }
    lines = [(words, (row, 1000)) for words, row in rows.items()]
    text = [experiment_table("network, 1,000 steps", lines, columns)]
    for words, answer in (
        ("floor: Otsu's threshold, watershed", "Otsu, watershed"),
        ("the carved target itself", "carved truth"),
    ):
        iou, per_cell, ap = (floor("cells", answer, score) for score in ("IoU", "F per cell", "AP"))
        text.append(f"| {words} | {iou:.3f} | {per_cell:.3f} | {ap:.2f} | – |")
    return "\n".join(text)


def depth_and_skips():
    lines = ["| depth | skips | granules, IoU | round cells, F per cell |", "|---|---|---|---|"]
    for depth, skips, words in ((1, "none", "no"), (1, "concat", "yes"), (3, "none", "no"), (3, "concat", "yes")):
        row = "plain" if (depth, skips) == (3, "concat") else f"cells: depth {depth}, skips {skips}"
        mean, spread = (experiment(row, HALF, 3000, "F per cell", part=part) for part in (0, 1))
        far = f"{context(depth, skips):.2f} ± {context(depth, skips, part=1):.2f}"
        lines.append(f"| {depth} | {words} | {far} | {mean:.3f} ± {spread:.3f} |")
    return "\n".join(lines)


def decisions(rows):
    """Write the table of advice, with the numbers that back it."""

    def of(model, score, digits=3):
        runs = [row for row in rows if row["model"] == model]
        return f"{mean(row[score] for row in runs):.{digits}f}"

    def ap(row, reading, mark=3000):
        return f"{experiment(row, reading, mark, 'AP'):.2f}"

    def per_cell(row, mark=3000):
        return f"{experiment(row, HALF, mark, 'F per cell'):.3f}"

    def area(row, mark, digits=3):
        return f"{experiment(row, HALF, mark, 'IoU'):.{digits}f}"

    def far(depth, skips):
        return f"{experiment(f'context: depth {depth}, skips {skips}', TUNED, 3000, 'IoU'):.2f}"

    unet, shallow, fcn = "U-Net", "encoder–decoder, depth 1", "FCN-8s"
    first = {row["model"]: row for row in rows}
    lines = [
        (
            "a first baseline",
            "Otsu's threshold and a watershed, specks removed (`smallest=5`)",
            f"no training; AP {floor('cells', 'Otsu, watershed', 'AP'):.2f} on round cells, "
            f"{floor('nuclei', 'Otsu, watershed', 'AP'):.2f} on real nuclei",
        ),
        (
            "areas, where little context suffices",
            "an encoder–decoder of depth 1",
            f"mIoU {of(shallow, 'mIoU')} (U-Net {of(unet, 'mIoU')}) with {parameters(first[shallow])} parameters in "
            f"{time(first[shallow])} of U-Net's time; 300 steps, three seeds",
        ),
        (
            "outlines of single cells",
            "U-Net, trained for long",
            f"F per cell {per_cell('plain')} after 3,000 steps; without skips {per_cell('cells: depth 3, skips none')}, "
            f"depth 1 {per_cell('cells: depth 1, skips none')}",
        ),
        (
            "what is far away to count",
            "depth and skips",
            f"IoU {context(3, 'concat'):.2f}, without skips {context(3, 'none'):.2f}, with depth 1 "
            f"{context(1, 'concat'):.2f}, after 1,000 steps at tuned thresholds (ten seeds); after 3,000 steps "
            f"{far(3, 'concat')} (one of ten broke down), {far(3, 'none')} and {far(1, 'concat')} "
            "([chapter 8](08_unet.ipynb))",
        ),
        (
            "a count of round cells that touch",
            "U-Net and a watershed",
            f"AP {ap('plain', CUT, 300)} in place of {ap('plain', HALF, 300)} after 300 steps, {ap('plain', CUT)} after "
            "3,000, at no cost in area",
        ),
        (
            "the same, read at ½, without a watershed",
            "U-Net with weights",
            f"AP {ap('border', HALF, 300)} after 300 steps, {ap('border', HALF)} after 3,000 (without "
            f"{ap('plain', HALF)}); IoU {area('border', 3000)} (without {area('plain', 3000)})",
        ),
        (
            "a count of cells of odd shapes",
            "U-Net, its threshold tuned; weights if training is short",
            f"after 3,000 steps AP {ap('shapes: plain', TUNED)} with and without weights, with a watershed "
            f"{ap('shapes: plain', CUT)}; after 300, {ap('shapes: border', TUNED, 300)} with weights and "
            f"{ap('shapes: plain', TUNED, 300)} without; five seeds",
        ),
        (
            "a count of real nuclei like ours",
            "a watershed, or the border as a third class",
            f"AP {ap('nuclei: plain', CUT)} and, at ½, {ap('nuclei: three classes', HALF)}; weights at ½ "
            f"{ap('nuclei: border', HALF)}; five seeds",
        ),
        (
            "little work",
            "an encoder–decoder of depth 1",
            f"{work(first[shallow])} multiply–adds and F per cell {per_cell('cells: depth 1, skips none', 1000)} after "
            f"1,000 steps (ten seeds); FCN-8s {work(first[fcn])} and {per_cell('control: FCN-8s', 1000)} (four seeds), "
            f"U-Net {work(first[unet])} and {per_cell('plain', 1000)} (ten)",
        ),
    ]
    assert ap("shapes: border", TUNED) == ap("shapes: plain", TUNED)
    return "\n".join(
        ["| you want | take | because |", "|---|---|---|", *(f"| {' | '.join(cells)} |" for cells in lines)]
    )


# (row, read, minus, read, steps, score), quoted with its interval: away from 0, or said not to be seen.
FEW, ALL, SAME = list(FAIRER)[:3]
CONCLUDED = (
    (SAME, HALF, FEW, HALF, 1000, "IoU"),
    ("plain", HALF, ALL, HALF, 1000, "F per cell"),
    ("cells: depth 3, skips none", HALF, "control: FCN-8s", HALF, 1000, "F per cell"),
    ("border", TUNED, "plain", TUNED, 300, "F per cell"),
    ("border", TUNED, "plain", TUNED, 1000, "F per cell"),
    ("plain", HALF, "border", HALF, 3000, "F per cell"),
    ("control: w_0 = 1", HALF, "plain", HALF, 1000, "F per cell"),
    (ALL, HALF, FEW, HALF, 1000, "IoU"),
    ("plain", HALF, SAME, HALF, 1000, "F per cell"),
    ("context: depth 1, skips concat", TUNED, "context: depth 1, skips none", TUNED, 1000, "IoU"),
)
UNSEEN = (
    (SAME, HALF, FEW, HALF, 1000, "F per cell"),
    (ALL, HALF, "plain", HALF, 1000, "IoU"),
)


@pytest.mark.parametrize("quoted", [*CONCLUDED, *UNSEEN], ids=str)
def test_a_difference_stands_in_the_chapter_with_its_interval(quoted):
    _, low, high = numbers = difference(*quoted)
    assert (low < 0 < high) is (quoted in UNSEEN)
    assert interval(numbers) in (ROOT / "book/10_summary.md").read_text("utf-8")


@pytest.mark.parametrize("made", [five, bounds, fairer, depth_and_skips], ids=lambda made: made.__name__)
def test_the_tables_of_the_experiments_are_the_measured_ones(made):
    assert_chapter_has("10_summary", made())


def test_the_closing_table_is_the_measured_one():
    assert_chapter_has("10_summary", costs(measured()))
    assert_chapter_has("10_summary", gains(measured()))


def test_the_advice_quotes_the_measured_numbers():
    assert_chapter_has("10_summary", decisions(measured()))


def test_parameters_and_multiply_adds_that_the_chapter_computes_are_the_benchmarks():
    first = {row["model"]: row for row in measured()}
    lines = re.findall(r"^ *(\S.*?) +([\d,]+) parameters +([\d,]+) multiply–adds$", printed("10_summary"), re.MULTILINE)
    counted = {name: (count, work) for name, count, work in lines if name != "by the ledger"}
    expected = {name: first[model] for model, name in MODELS.items()}
    assert counted == {name: (parameters(run), f"{run['multiply–adds']:,}") for name, run in expected.items()}
    by_ledger = [line[1:] for line in lines if line[0] == "by the ledger"]
    assert by_ledger == [counted["encoder–decoder"], counted["U-Net"]]


def test_stride_loses_and_the_transpose_restores_sizes_only():
    said = printed("10_summary")
    for line in (
        "(4, 9) · rank 4 · lost directions 5",
        "what the ripple adds to the output: [0 0 0 0]",
        "adjoint: 1000 times out of 1000",
        "torch against the matrix: largest difference 0",
        "samples back: 9 of 9 · unchanged: 0",
        "sizes that shrink to 4: 9 10",
    ):
        assert line in said, line


def test_patches_have_the_fewest_parameters_and_the_most_work_and_the_fcn_the_least():
    first = {row["model"]: row for row in measured() if row["model"] in MODELS}
    assert min(first, key=lambda model: first[model]["parameters"]) == "patch classifier"
    assert max(first, key=lambda model: first[model]["multiply–adds"]) == "patch classifier"
    assert min(first, key=lambda model: first[model]["multiply–adds"]) == "FCN-8s"


def test_outer_outlines_suffer_as_the_chapter_says():
    without, weighted = (experiment(row, HALF, 300, "F outer") for row in ("plain", "border"))
    said = f"F outer {without:.3f} without weights, {weighted:.3f} with them, after 300 steps"
    assert said in (ROOT / "book/10_summary.md").read_text("utf-8")


def test_after_3000_steps_areas_without_skips_are_not_seen_to_differ():
    _, low, high = difference("plain", HALF, "cells: depth 3, skips none", HALF, 3000, "IoU")
    assert low < 0 < high


def test_the_learning_rates_are_those_of_the_chapter():
    rates = {one["row"]: one["rate"] for one in experiments()["rows"] if one["row"] in FAIRER}
    high = {row for row, rate in rates.items() if rate == 0.004}
    assert high == {"cells: depth 3, skips none", "cells: depth 1, skips none", "border"}
    assert set(rates.values()) == {0.002, 0.004}


def test_in_every_seed_u_net_has_the_best_outlines_and_the_weights_the_fewest_merged_cells():
    for seed in (0, 1, 2):
        runs = {row["model"]: row for row in measured() if row["seed"] == seed and row["model"] in MODELS}
        assert max(runs, key=lambda model: runs[model]["boundary F"]) == "U-Net"
        assert max(runs, key=lambda model: runs[model]["mIoU"]) == "U-Net"
        assert min(runs, key=lambda model: runs[model]["merged"]) == "U-Net, weighted loss"


if __name__ == "__main__":
    print(costs(measured()), gains(measured()), decisions(measured()), sep="\n\n")
