"""Chapter 10's tables are what benchmarks/training.py measured, and what it counts is what its text says."""

import re

import pytest
from results import (
    ROOT,
    assert_chapter_has,
    context,
    difference,
    experiment,
    experiments,
    floor,
    interval,
    measured,
    parameters,
    printed,
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


HALF, TUNED, CUT = "components", "tuned components", "watershed"
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


def far(depth, skips):
    return f"{context(depth, skips):.2f}"


def decisions():
    """Write the table of advice, with the numbers that back it."""

    def score(row, reading, mark, name):
        return f"{experiment(row, reading, mark, name):.{2 if name == 'AP' else 3}f}"

    def ap(row, reading, mark=3000):
        return score(row, reading, mark, "AP")

    shallow = "cells: depth 1, skips none"
    untrained = [floor(scenes, "Otsu, watershed", "AP") for scenes in ("cells", "shapes", "nuclei")]
    lines = [
        (
            "a first baseline",
            "Otsu's threshold and a watershed",
            "no training; AP {:.2f} on round cells, {:.2f} on odd shapes, {:.2f} on real nuclei".format(*untrained),
        ),
        (
            "areas, where little context suffices",
            "an encoder–decoder of depth 1",
            f"IoU {score(shallow, HALF, 1000, 'IoU')} (U-Net {score('plain', HALF, 1000, 'IoU')}), partly for gaps left closed; a third of the work",
        ),
        (
            "outlines of single cells",
            "U-Net, trained for long",
            f"F per cell {score('plain', HALF, 3000, 'F per cell')}, without skips "
            f"{score('cells: depth 3, skips none', HALF, 3000, 'F per cell')}; but as gaps open its IoU falls to "
            f"{score('plain', HALF, 3000, 'IoU')}",
        ),
        (
            "classes that depend on what lies far away",
            "depth and skips",
            f"IoU of granules {far(3, 'concat')}; without skips {far(3, 'none')}, with depth 1 {far(1, 'concat')}",
        ),
        (
            "a count of round cells that touch",
            "U-Net and a watershed",
            f"AP {ap('plain', CUT)}, at ½ {ap('plain', HALF)}; no cost in area",
        ),
        (
            "the same, read at ½",
            "U-Net with weights",
            f"AP {ap('border', HALF)}, but IoU {score('border', HALF, 3000, 'IoU')}; without weights "
            f"{ap('plain', HALF)} and {score('plain', HALF, 3000, 'IoU')}",
        ),
        (
            "a count of cells of odd shapes",
            "U-Net at its best threshold, trained for long",
            f"AP {ap('shapes: plain', TUNED)}, with a watershed {ap('shapes: plain', CUT)}",
        ),
        (
            "a count of real nuclei like ours",
            "U-Net and a watershed, or the border as a third class",
            f"AP {ap('nuclei: plain', CUT)} and, at ½, {ap('nuclei: three classes', HALF)}; **else no lead over "
            f"Otsu's threshold and a watershed is seen**: best threshold {ap('nuclei: plain', TUNED)}, weights at ½ "
            f"{ap('nuclei: border', HALF)}, Otsu's {untrained[2]:.2f} (not tuned)",
        ),
    ]
    return "\n".join(
        ["| you want | take | because |", "|---|---|---|", *(f"| {' | '.join(cells)} |" for cells in lines)]
    )


def real_nuclei():
    """Write the table of what a network that has learned nothing reaches on real nuclei, and the trained ones."""
    otsu = next(
        one for one in experiments()["floors"] if (one["scenes"], one["answer"]) == ("nuclei", "Otsu, watershed")
    )
    lines = [("**Otsu's threshold: nothing learned**", "a watershed", otsu["scores"]["AP"])]
    for words, read, row, reading in (
        ("U-Net", "at ½", "nuclei: plain", HALF),
        ("U-Net", "at its best threshold", "nuclei: plain", TUNED),
        ("U-Net, weighted", "at ½", "nuclei: border", HALF),
        ("U-Net, the border as a third class", "at ½", "nuclei: three classes", HALF),
        ("U-Net", "at ½ and a watershed", "nuclei: plain", CUT),
    ):
        lines.append((words, read, [experiment(row, reading, 3000, "AP", part=part) for part in range(4)]))
    cells = [f"| {words} | {read} | {ap[0]:.2f} ({ap[2]:.2f} to {ap[3]:.2f}) |" for words, read, ap in lines]
    return "\n".join(["| answer | read | AP |", "|---|---|---|", *cells])


# (row, read, minus, read, steps, score), quoted with its interval: away from 0, or said not to be seen.
FEW, ALL, SAME = list(FAIRER)[:3]
CONCLUDED = (
    (SAME, HALF, FEW, HALF, 1000, "IoU"),
    ("plain", HALF, ALL, HALF, 1000, "F per cell"),
    ("cells: depth 3, skips none", HALF, "control: FCN-8s", HALF, 1000, "F per cell"),
    ("cells: depth 1, skips none", HALF, "plain", HALF, 1000, "IoU"),
    ("plain", HALF, "cells: depth 1, skips none", HALF, 1000, "F per cell"),
    ("border, rate 0.002", HALF, "plain", HALF, 3000, "F per cell"),
    ("border, rate 0.002", TUNED, "plain", TUNED, 1000, "F per cell"),
    ("nuclei: three classes", HALF, "nuclei: plain", HALF, 3000, "AP"),
    ("control: w_0 = 1", HALF, "plain", HALF, 1000, "F per cell"),
    ("context: depth 1, skips concat", TUNED, "context: depth 1, skips none", TUNED, 1000, "IoU"),
)
UNSEEN = (
    (ALL, HALF, "plain", HALF, 1000, "IoU"),
    ("plain", HALF, "cells: depth 3, skips none", HALF, 3000, "IoU"),
    ("control: skips of another image", HALF, "cells: depth 3, skips none", HALF, 1000, "F per cell"),
    ("border, rate 0.002", TUNED, "plain", TUNED, 3000, "F per cell"),
)


@pytest.mark.parametrize("quoted", [*CONCLUDED, *UNSEEN], ids=str)
def test_a_difference_stands_in_the_chapter_with_its_interval(quoted):
    _, low, high = numbers = difference(*quoted)
    assert (low < 0 < high) is (quoted in UNSEEN)
    assert interval(numbers) in (ROOT / "book/10_summary.md").read_text("utf-8")


# What the chapter says in words: the first scores higher than the second, whatever the numbers.
SAID = (
    ("plain", HALF, "border", HALF, 1000, "F per cell"),
    ("plain", HALF, "border", HALF, 1000, "IoU"),
    ("border", HALF, "plain", HALF, 1000, "AP"),
)


@pytest.mark.parametrize("said", SAID, ids=str)
def test_what_is_said_in_words_has_its_interval_above_0(said):
    assert difference(*said)[1] > 0


def test_what_is_said_of_the_pictures_is_in_them():
    rows = {one["row"]: one["scores"] for one in experiments()["rows"] if (one["mark"], one["reading"]) == (1000, HALF)}
    networks = ("control: patches, all pixels labelled", "control: FCN-8s", "cells: depth 3, skips none", "plain")
    without = [rows[row] for row in networks]
    otsu = floor("cells", "Otsu, watershed", "AP")
    assert max(scores["AP"][3] for scores in without) < 0.2 < otsu
    outlines = {row: rows[row]["F per cell"][0] for row in (*networks, "border")}
    assert max(outlines, key=outlines.get) == "plain"
    assert min(outlines, key=outlines.get) == "control: FCN-8s"
    shallow, deep, joined = (rows[f"cells: depth {d}, skips {s}"] if (d, s) != (3, "concat") else rows["plain"]
                             for d, s in ((1, "none"), (3, "none"), (3, "concat")))  # fmt: skip
    assert joined["F per cell"][2] > shallow["F per cell"][3] > deep["F per cell"][2]
    text = (ROOT / "book/10_summary.md").read_text("utf-8")
    assert f"depth 3 without skips stays at {far(3, 'none')}" in text
    assert f"to {far(1, 'none')}. On round cells" in text
    assert rows["cells: depth 2, skips none"]["F per cell"][2] > deep["F per cell"][3]
    one, two = (experiment(f"cells: depth {depth}, skips none", HALF, 1000, "F per cell") for depth in (1, 2))
    assert f"brings half of it, with {two:.3f} (depth 1 has {one:.3f})" in text
    assert f"At depth 3 without skips it is {deep['F per cell'][0]:.3f}" in text
    assert two - one == pytest.approx((joined["F per cell"][0] - one) / 2, abs=0.003)
    failed = experiment("cells: depth 4, skips none", HALF, 1000, "F per cell")
    assert f"falls to {failed:.2f} at depth 4 without" in text
    assert f"of the carved target itself it is {floor('cells', 'carved truth', 'outline F'):.3f}" in text
    assert f"an IoU of {floor('cells', 'carved truth', 'IoU'):.3f}, since" in text


def test_the_questions_at_the_end_quote_what_was_measured():
    text = (ROOT / "book/10_summary.md").read_text("utf-8")
    first = {row["model"]: row for row in measured()}
    for row, model in (
        ("plain", "U-Net"), ("control: patches, all pixels labelled", "patch classifier"), ("control: FCN-8s", "FCN-8s"),
        ("cells: depth 1, skips none", "encoder–decoder, depth 1"), ("cells: depth 3, skips none", "encoder–decoder, depth 3"),
        ("cells: depth 2, skips none", "encoder–decoder, depth 2"),
    ):  # fmt: skip
        assert f"({experiment(row, HALF, 1000, 'F per cell'):.3f}, {work(first[model])})" in text
    half, best = (experiment("plain", reading, 1000, "AP") for reading in (HALF, TUNED))
    assert f"an AP of {half:.2f} at ½ and {best:.2f} at its best threshold" in text
    fcn = experiment("control: FCN-8s", TUNED, 1000, "AP")
    assert (
        f"an AP of {floor('cells', 'Otsu, components', 'AP'):.2f}, and FCN-8s at its best threshold {fcn:.2f}" in text
    )


def test_the_advice_quotes_the_measured_numbers():
    assert_chapter_has("10_summary", decisions())


def test_networks_without_a_watershed_are_not_seen_to_count_real_nuclei_better_than_a_threshold():
    assert_chapter_has("10_summary", real_nuclei())
    *_, low, high = next(
        one["scores"]["AP"]
        for one in experiments()["floors"]
        if (one["scenes"], one["answer"]) == ("nuclei", "Otsu, watershed")
    )
    not_ahead = [("nuclei: plain", HALF), ("nuclei: plain", TUNED), ("nuclei: border", HALF), ("nuclei: border", TUNED)]
    higher = [("nuclei: plain", CUT), ("nuclei: three classes", HALF)]
    assert all(low < experiment(*one, 3000, "AP") < high for one in not_ahead)
    assert all(experiment(*one, 3000, "AP") > high for one in higher)
    read_by_a_watershed, border = (experiment(*one, 3000, "AP", part=2) for one in higher)
    assert f"{read_by_a_watershed:.2f}" == f"{high:.2f}"  # these brackets touch as printed
    assert border < high  # and these overlap
    text = (ROOT / "book/10_summary.md").read_text("utf-8")
    half, cut = (experiment("nuclei: plain", reading, 3000, "AP") for reading in (HALF, CUT))
    otsu = floor("nuclei", "Otsu, watershed", "AP")
    assert (
        f"U-Net {half:.2f} at ½, {cut:.2f} by a watershed; Otsu's threshold, not tuned, by a watershed, {otsu:.2f} |"
        in text
    )


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


def test_depth_and_skips_on_real_nuclei_are_as_the_chapter_says():
    text = (ROOT / "book/10_summary.md").read_text("utf-8")
    bare = [f"nuclei: depth {depth}, skips none" for depth in (1, 2, 3)]
    pairs = [(row.replace("none", "sum"), row) for row in bare] + [(row, bare[0]) for row in bare[1:]]
    for pair in pairs:
        _, low, high = difference(pair[0], TUNED, pair[1], TUNED, 1000, "AP")
        assert low < 0 < high
    saved = difference("nuclei: depth 4, skips concat", TUNED, "nuclei: depth 4, skips none", TUNED, 1000, "AP")
    assert saved[1] > 0
    assert interval(saved) in text


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
    print(decisions(), real_nuclei(), sep="\n\n")
