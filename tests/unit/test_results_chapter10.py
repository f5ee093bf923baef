"""Chapter 10's tables are what benchmarks/training.py measured, and what it counts is what its text says."""

import json
import math
import re
from statistics import fmean

import pytest
import torch
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
from torch.utils.flop_counter import FlopCounterMode

from segbook import metrics, models
from segbook.objects import instances_from
from segbook.widgets import Threshold

MODELS = {
    "patch classifier": "patch classifier",
    "FCN-8s": "FCN-8s",
    "encoder–decoder, depth 3": "encoder–decoder",
    "U-Net": "U-Net",
    "U-Net, weighted loss": "U-Net, weighted",
}


def work(run):
    return f"{run['multiply–adds'] / 1e6:,.0f} M"


HALF, TUNED, CUT, BOTH = "components", "tuned components", "watershed", "tuned watershed"
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


SHALLOW, TWICE, BARE = (f"cells: depth {depth}, skips none" for depth in (1, 2, 3))
COMPARED = {
    "patch classifier": ("control: patches, all pixels labelled", "patch classifier"),
    "FCN-8s": ("control: FCN-8s", "FCN-8s"),
    "encoder–decoder": (BARE, "encoder–decoder, depth 3"),
    "the same, depth 2": (TWICE, "encoder–decoder, depth 2"),
    "the same, depth 1": (SHALLOW, "encoder–decoder, depth 1"),
    "U-Net": ("plain", "U-Net"),
    "U-Net, weighted": ("border", "U-Net, weighted loss"),
}


def score(row, reading, mark, name):
    """Write a mean, AP with two digits and what is finer with three."""
    return f"{experiment(row, reading, mark, name):.{2 if name == 'AP' else 3}f}"


WHOLE = json.loads((ROOT / "benchmarks/results/whole_cells.json").read_text("utf-8"))["rows"]


def whole(network, reading, what):
    """Look up a mean and its standard deviation over seeds among the networks that learned whole cells."""
    return next(one for one in WHOLE if one["network"] == network)[reading][what]


def ap(row, reading, mark=3000):
    """Write an AP."""
    return score(row, reading, mark, "AP")


def lines_of(*lines):
    """Write a Markdown table, its headings first."""
    heads, *rest = [f"| {' | '.join(cells)} |" for cells in lines]
    return "\n".join([heads, "|" + "---|" * len(lines[0]), *rest])


def in_one_pass():
    """Count the work of a patch classifier that slides over a mirrored scene, dilated."""
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        models.PatchClassifier(1, 2, width=12).dilated()(torch.zeros(1, 1, 96 + 28, 96 + 28))
    return counter.get_total_flops() // 2


def without_skips_at_best(mark):
    """Look up the IoU on granules of the best network without skips."""
    rows = [f"context: depth {depth}, skips none" for depth in (1, 2, 3, 4)]
    return f"{max(experiment(row, TUNED, mark, 'IoU') for row in rows):.2f}"


def twice(row, reading, name):
    """Write a mean after 1,000 steps and after 3,000."""
    return ", ".join(score(row, reading, mark, name) for mark in (1000, 3000))


def comparison():
    """Write the table of what each network does, and of its areas and outlines."""
    first = {row["model"]: row for row in measured()}
    lines = [("network", "work", "IoU at ½", "F per cell at ½")]
    for name, (row, model) in COMPARED.items():
        once = f" (in one pass {in_one_pass() / 1e6:.0f})" if name == "patch classifier" else ""
        lines.append(
            (
                name,
                work(first[model]).removesuffix(" M") + once,
                *(twice(row, HALF, what) for what in ("IoU", "F per cell")),
            )
        )
    otsu = [f"{floor('cells', 'Otsu, components', what):.3f}" for what in ("IoU", "F per cell")]
    return lines_of(*lines, ("Otsu's threshold, nothing learned", "–", *otsu))


def counts():
    """Write the table of how well each network counts, in every reading."""
    return lines_of(
        ("AP", "at ½", "best threshold", "watershed", "both"),
        *(
            (name, *(twice(row, read, "AP") for read in (HALF, TUNED, CUT, BOTH)))
            for name, (row, _) in COMPARED.items()
        ),
        (
            "Otsu's threshold",
            f"{floor('cells', 'Otsu, components', 'AP'):.2f}",
            "–",
            f"{floor('cells', 'Otsu, watershed', 'AP'):.2f}",
            "–",
        ),
    )


def decisions():
    """Write the table of advice, with the numbers that back it."""
    untrained = {scenes: f"{floor(scenes, 'Otsu, watershed', 'AP'):.2f}" for scenes in ("cells", "shapes", "nuclei")}
    areas, outlines = (
        {row: score(row, HALF, 3000, what) for row in (SHALLOW, BARE, "plain", "border")}
        for what in ("IoU", "F per cell")
    )
    early = {row: score(row, HALF, 1000, "IoU") for row in (SHALLOW, "plain")}
    nuclei = [score(row, HALF, 3000, "F per cell") for row in ("nuclei: plain", "nuclei: depth 1, skips none")]
    regrown = json.loads((ROOT / "benchmarks/results/regrown.json").read_text("utf-8"))["rows"]
    way = "weighted: at 10/11, grown"
    regrown_ap = fmean(row["scores"][way]["AP"] for row in regrown if row["steps"] == 1000)
    return lines_of(
        ("you want", "take", "what decides (its rivals)", "not tested"),
        (
            "a first baseline",
            "Otsu's threshold and a watershed",
            f"AP {untrained['cells']} on round cells, {untrained['nuclei']} on real nuclei, "
            f"{untrained['shapes']} on odd shapes",
            "other settings of the watershed",
        ),
        (
            "areas, if little context is needed",
            "an encoder–decoder of depth 1, trained on whole cells",
            f"after 1,000 steps: IoU {whole('depth 1', HALF, 'IoU')[0]:.3f} "
            f"(U-Net {whole('U-Net', HALF, 'IoU')[0]:.3f}); trained with gaps, {early[SHALLOW]} ({early['plain']})",
            "longer training on whole cells, and real nuclei",
        ),
        (
            "outlines of single cells",
            "U-Net at ½",
            f"F per cell {outlines['plain']} (without skips {outlines[BARE]}, depth 1 {outlines[SHALLOW]}); "
            f"price: IoU {areas['plain']} (depth 1 {areas[SHALLOW]}, a copy of the target "
            f"{floor('cells', 'carved truth', 'IoU'):.3f})",
            f"real nuclei, seed by seed: there it has {nuclei[0]}, and depth 1 {nuclei[1]}",
        ),
        (
            "classes that depend on what lies far away",
            "U-Net, deep enough",
            f"after 1,000 steps: IoU of granules that count only inside a membrane {far(3, 'concat')} (depth 1 "
            f"{far(1, 'concat')}; without skips at best {without_skips_at_best(1000)}); later, one run of ten broke down",
            "real images",
        ),
        (
            "a count of round cells",
            "U-Net and a watershed; or depth 2, by both, for 44 % less work",
            f"AP {ap('plain', CUT)} (weights at ½ {ap('border', HALF)}, with smaller cells); depth 2 {ap(TWICE, CUT)}, "
            f"by both {ap(TWICE, BOTH)}; after 1,000 steps weights, grown back, had {regrown_ap:.2f} "
            "([chapter 9](09_weighted_loss.ipynb))",
            "distances between the middles other than 5 pixels; growing back after so many steps",
        ),
        (
            "a count of odd shapes (nothing works well)",
            "U-Net at its best threshold",
            f"AP {ap('shapes: plain', TUNED)} (watershed {ap('shapes: plain', CUT)}, weights at ½ "
            f"{ap('shapes: border', HALF)}); price: IoU {score('shapes: plain', TUNED, 3000, 'IoU')} "
            f"(at ½ {score('shapes: plain', HALF, 3000, 'IoU')})",
            "cheaper networks, a border class, growing back",
        ),
        (
            "a count of real nuclei like ours",
            "U-Net and a watershed",
            f"AP {ap('nuclei: plain', CUT)} (border class {ap('nuclei: three classes', CUT)}, and "
            f"{ap('nuclei: three classes', HALF)} at ½; weights at ½ {ap('nuclei: border', HALF)}; Otsu, cut, "
            f"{untrained['nuclei']})",
            "cheaper networks with a watershed",
        ),
        (
            "a count read at ½",
            "weights or a border class, whichever wins on your images",
            f"AP with weights (without): {ap('border', HALF)} ({ap('plain', HALF)}) on round cells, "
            f"{ap('shapes: border', HALF)} ({ap('shapes: plain', HALF)}) on odd shapes; with a border class: "
            f"{ap('nuclei: three classes', HALF)} ({ap('nuclei: plain', HALF)}) on nuclei; price of weights on round "
            f"cells: IoU {areas['border']} ({areas['plain']}), unless grown back ([chapter 9](09_weighted_loss.ipynb))",
            "a border class on synthetic cells",
        ),
    )


def real_nuclei():
    """Write the table of three networks in three readings on real nuclei, and of a threshold that learns nothing."""
    named = {
        "U-Net": "nuclei: plain",
        "U-Net, weighted": "nuclei: border",
        "U-Net, border class": "nuclei: three classes",
    }
    otsu = [f"{floor('nuclei', f'Otsu, {how}', 'AP'):.2f}" for how in ("components", "watershed")]
    return lines_of(
        ("answer", "at ½", "best threshold", "watershed"),
        *((name, *(ap(row, read) for read in (HALF, TUNED, CUT))) for name, row in named.items()),
        ("Otsu's threshold, nothing learned", otsu[0], "–", otsu[1]),
    )


def gains():
    """Write what each idea gains and costs, after 1,000 steps."""
    sharp = {row: score(row, HALF, 1000, "F per cell") for row in ("control: FCN-8s", BARE, "plain")}
    return lines_of(
        ("network", "key idea", "gains", "costs"),
        (
            "patch classifier",
            "local classification",
            "simple: the fewest parameters",
            "nineteen times the work of U-Net, in one pass still a sixth more",
        ),
        (
            "FCN-8s",
            "full-image convolution",
            "efficient: the least work of the five",
            f"the coarsest outlines: F per cell {sharp['control: FCN-8s']}, about that of Otsu's threshold",
        ),
        (
            "encoder–decoder",
            "learnable upsampling",
            f"resolution recovery: brings back the size, though not the lost samples; F per cell {sharp[BARE]}",
            "twice the work of FCN-8s",
        ),
        (
            "U-Net",
            "skip connections",
            f"sharp boundaries: F per cell {sharp['plain']}; and, with depth, far context",
            "a quarter more work than without skips",
        ),
        (
            "U-Net, weighted",
            "a loss that weighs background between cells",
            f"cells apart at ½: AP {ap('border', HALF, 1000)}, without weights {ap('plain', HALF, 1000)}",
            f"area: IoU {score('border', HALF, 1000, 'IoU')}, without weights {score('plain', HALF, 1000, 'IoU')}",
        ),
    )


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
    ("plain", HALF, ALL, HALF, 300, "IoU"),
    (ALL, HALF, "plain", HALF, 3000, "IoU"),
    ("plain", BOTH, TWICE, BOTH, 3000, "AP"),
    ("plain", CUT, "border", HALF, 3000, "AP"),
    ("border", HALF, "plain", CUT, 1000, "AP"),
    ("plain", HALF, BARE, HALF, 1000, "F per cell"),
    ("plain", HALF, BARE, HALF, 3000, "F per cell"),
    ("plain", HALF, "border", HALF, 1000, "F per cell"),
    ("nuclei: three classes", HALF, "nuclei: plain", HALF, 3000, "AP"),
    ("nuclei: three classes", TUNED, "nuclei: plain", TUNED, 3000, "AP"),
    ("nuclei: border", TUNED, "nuclei: plain", TUNED, 3000, "AP"),
    ("nuclei: plain", CUT, "nuclei: border", HALF, 3000, "AP"),
)
UNSEEN = (
    ("plain", TUNED, TWICE, TUNED, 3000, "AP"),
    ("plain", HALF, ALL, HALF, 1000, "IoU"),
    (TWICE, BOTH, "plain", BOTH, 1000, "AP"),
    ("plain", HALF, "cells: depth 3, skips none", HALF, 3000, "IoU"),
    ("border, rate 0.002", TUNED, "plain", TUNED, 3000, "F per cell"),
    ("nuclei: border", HALF, "nuclei: plain", HALF, 3000, "AP"),
    ("nuclei: three classes", CUT, "nuclei: plain", CUT, 3000, "AP"),
)


@pytest.mark.parametrize("quoted", [*CONCLUDED, *UNSEEN], ids=str)
def test_a_difference_stands_in_the_chapter_with_its_interval(quoted):
    _, low, high = numbers = difference(*quoted)
    assert (low < 0 < high) is (quoted in UNSEEN)
    assert interval(numbers) in (ROOT / "book/10_summary.md").read_text("utf-8")


# What the chapter says in words, or by two numbers of its tables: the first scores higher than the second.
SAID = (
    ("plain", HALF, "border", HALF, 1000, "IoU"),
    ("border", HALF, "plain", HALF, 1000, "AP"),
    (SHALLOW, HALF, "plain", HALF, 3000, "IoU"),
    ("plain", HALF, SHALLOW, HALF, 3000, "F per cell"),
    ("context: depth 3, skips concat", TUNED, "context: depth 2, skips none", TUNED, 1000, "IoU"),
    ("shapes: border", HALF, "shapes: plain", HALF, 3000, "AP"),
    ("context: depth 3, skips concat", TUNED, "context: depth 1, skips concat", TUNED, 1000, "IoU"),
    ("plain", CUT, "border", HALF, 3000, "AP"),
    ("plain", CUT, "border", HALF, 3000, "IoU"),
    ("border", HALF, "plain", HALF, 3000, "AP"),
    ("plain", HALF, "border", HALF, 3000, "IoU"),
    ("shapes: plain", TUNED, "shapes: border", HALF, 3000, "AP"),
)


@pytest.mark.parametrize("said", SAID, ids=str)
def test_what_is_said_in_words_has_its_interval_above_0(said):
    assert difference(*said)[1] > 0


def test_what_is_said_of_the_pictures_is_in_them():
    rows = {one["row"]: one["scores"] for one in experiments()["rows"] if (one["mark"], one["reading"]) == (1000, HALF)}
    without = [rows[row] for name, (row, _) in COMPARED.items() if name != "U-Net, weighted"]
    otsu = floor("cells", "Otsu, watershed", "AP")
    assert max(scores["AP"][3] for scores in without) < 0.2 < otsu
    assert min(scores["merged"][2] for scores in without) > 0.5
    text = (ROOT / "book/10_summary.md").read_text("utf-8")
    assert f"Otsu's threshold and a watershed, with {otsu:.2f}. At ½ U-Net has only {ap('plain', HALF, 1000)}" in text
    assert f"and FCN-8s {ap('control: FCN-8s', HALF, 1000)}, because" in text
    best, cut = (ap("plain", reading, 1000) for reading in (TUNED, CUT))
    both = [ap(row, BOTH, 1000) for row in ("plain", "control: FCN-8s", SHALLOW)]
    assert f"Read in any other way, U-Net has an AP of at least {min(best, cut, both[0])}." in text
    assert f"FCN-8s {both[1]} and depth 1 {both[2]}, and between depth 2 and U-Net no difference is seen" in text
    every = sorted(ap(row, BOTH, 1000) for name, (row, _) in COMPARED.items() if "weighted" not in name)
    assert f"the six networks without weights by both: {every[0]} to {every[-1]} |" in text
    assert f"{cut} by a watershed, {both[0]} by both;" in text
    outlines, areas = ({row: rows[row][what][0] for row, _ in COMPARED.values()} for what in ("F per cell", "IoU"))
    assert max(outlines, key=outlines.get) == "plain"
    assert min(outlines, key=outlines.get) == "control: FCN-8s"
    assert max(areas, key=areas.get) == SHALLOW
    shallow, deep, joined = (rows[row]["F per cell"] for row in (SHALLOW, BARE, "plain"))
    assert joined[2] > shallow[3] > deep[2]
    assert far(2, "none") == without_skips_at_best(1000)
    with_skips = [far(depth, "concat") for depth in (1, 2, 3, 4)]
    assert (
        "A U-Net has an IoU of {} at depth 1, {} at depth 2, {} at depth 3 and {} at depth 4".format(*with_skips)
        in text
    )
    assert f"without skips it is {far(2, 'none')} at best (depth 2)." in text
    assert max(with_skips) == with_skips[2]
    assert far(1, "none") < far(2, "none") > far(3, "none") > far(4, "none")
    late = experiment("context: depth 3, skips concat", TUNED, 3000, "IoU")
    (half,) = (
        row["scores"]["IoU"][0]
        for row in experiments()["rows"]
        if (row["row"], row["reading"], row["mark"]) == ("context: depth 3, skips concat", HALF, 3000)
    )
    said = f"the best without skips has {without_skips_at_best(3000)}, and U-Net of depth 3 has {late:.2f} (at ½ {half:.2f}"
    assert said in text
    two = rows["cells: depth 2, skips none"]["F per cell"]
    assert two[2] > deep[3]
    assert "Depth 2 closes half of the gap between depth 1 and U-Net." in text
    assert two[0] - shallow[0] == pytest.approx((joined[0] - shallow[0]) / 2, abs=0.003)
    assert f"an IoU of 1 and an AP of only {floor('cells', 'truth, components', 'AP'):.2f}." in text
    assert f"even a perfect answer with an AP of {floor('cells', 'truth, watershed', 'AP'):.2f} on round cells" in text
    assert f"an AP of 1, but an IoU of {floor('cells', 'carved truth', 'IoU'):.3f}, so" in text
    assert f"a perfect copy of the target has only {floor('cells', 'carved truth', 'IoU'):.3f}." in text
    assert {floor("cells", "carved truth", what) for what in ("F per cell", "AP")} == {1}
    early, late = (score("plain", HALF, mark, "IoU") for mark in (1000, 3000))
    assert f"U-Net's IoU falls from {early} to {late}. It opens more gaps" in text
    before, after = (experiment("plain", HALF, mark, "merged") for mark in (1000, 3000))
    assert f"(it merges {after:.2f} of the cells instead of {before:.2f})" in text
    half, best, cut = (ap("plain", reading, 1000) for reading in (HALF, TUNED, CUT))
    assert f"U-Net after 1,000 steps: AP {half} at ½, {best} at the best threshold, {cut} by a watershed" in text
    fcn, bare = (rows[row]["F per cell"][0] for row in ("control: FCN-8s", BARE))
    assert f"in the table by {round(bare, 3) - round(fcn, 3):.3f}." in text
    _, low, high = difference("nuclei: three classes", HALF, "nuclei: plain", HALF, 3000, "IoU")
    assert low < 0 < high


def test_one_crowd_comes_apart_as_the_chapter_says():
    stored = Threshold(scene="a denser crowd")
    ids, probs = stored.truth()[None], stored.probs("plain")
    ways = {
        "half": instances_from(probs),
        "high": instances_from(probs, threshold=0.9),
        "cut": instances_from(probs, seeds="distance"),
        "both": instances_from(probs, threshold=0.7, seeds="distance"),
        "grown": instances_from(probs, threshold=0.7, seeds="distance", grow=math.inf, limit=0.5),
        "weights": instances_from(stored.probs("weighted")),
    }
    fates = {
        name: (metrics.merged_cells(found[None], ids), metrics.split_cells(found[None], ids))
        for name, found in ways.items()
    }
    assert fates == {
        "half": (10, 0),
        "high": (4, 1),
        "cut": (3, 0),
        "both": (2, 1),
        "grown": (2, 1),
        "weights": (2, 0),
    }
    assert ways["half"].max() == 1
    assert ways["both"].max() == ways["grown"].max()
    best, cutting = (
        next(
            one["thresholds"]
            for one in experiments()["rows"]
            if (one["row"], one["reading"], one["mark"]) == ("plain", reading, 1000)
        )
        for reading in (TUNED, BOTH)
    )
    assert 0.9 in best
    assert 2 * cutting.count(0.7) > len(cutting)


def test_what_is_said_of_whole_cells_and_of_outlines_was_measured():
    text = (ROOT / "book/10_summary.md").read_text("utf-8")
    areas = [whole(network, HALF, "IoU") for network in ("U-Net", "depth 1")]
    said = ["{:.3f} ± {:.3f}".format(*numbers) for numbers in areas]
    assert f"U-Net has {said[0]} and depth 1 {said[1]} (± is a standard deviation over three seeds" in text
    assert f"Then U-Net has about {areas[0][0] - areas[1][0]:.3f} more than depth 1, for three times the work." in text
    outlines = difference("plain", HALF, BARE, HALF, 1000, "F per cell")
    assert f"It leads the encoder–decoder by {outlines[0]:.3f}." in text
    shallow = difference(SHALLOW, HALF, "plain", HALF, 1000, "IoU")
    assert f"Depth 1 is ahead of U-Net by {shallow[0]:.3f}. But these" in text
    assert areas[0][0] - areas[0][1] > areas[1][0] + areas[1][1]
    assert "U-Net reaches only {:.2f} ± {:.2f} with a watershed.".format(*whole("U-Net", CUT, "AP")) in text
    sharp = {row: experiment(row, HALF, 1000, "F per cell") for row in ("control: FCN-8s",)}
    assert sharp["control: FCN-8s"] == pytest.approx(floor("cells", "Otsu, components", "F per cell"), abs=0.02)
    tuned = [experiment(row, HALF, 3000, "F per cell") for row in ("border", "plain")]
    assert f"(−{tuned[1] - tuned[0]:.3f} at the tuned ones of the table)" in text


def test_the_row_by_hand_has_the_f_per_cell_that_the_metric_gives():
    truth, *answers = (
        torch.tensor([[[int(digit) for digit in row]]]) for row in ("011110222200", "011111111100", "011100022200")
    )
    for answer, line in zip(answers, ("edges [1, 9], recall 0.50", "edges [1, 3, 7, 9], recall 1.00"), strict=True):
        counts = metrics.cell_boundary_counts(answer, truth, tolerance=1).sum(dim=0, keepdim=True)
        assert f"{line}, F per cell {metrics.boundary_f_score(counts).item():.2f}\n" in printed("10_summary")


def test_the_row_by_hand_has_the_ap_that_the_metric_gives():
    truth, *answers = (
        torch.tensor([[[int(digit) for digit in row]]]) for row in ("011110222200", "011111111100", "011100033300")
    )
    filled, widened = (metrics.instance_counts(answer, truth, thresholds=(0.5,)) for answer in answers)
    assert [metrics.average_precision(counts)[0].item() for counts in (filled, widened)] == [0, 1]
    text = (ROOT / "book/10_summary.md").read_text("utf-8")
    assert "its IoU with either cell is 4/9. That makes no hit, one false alarm and two misses, so AP is 0." in text
    assert "an IoU of 3/4. Both are hits and nothing is missed, so AP is 1." in text


def test_the_words_for_work_and_for_the_run_that_broke_down_are_right():
    first = {row["model"]: row["multiply–adds"] for row in measured()}
    patches, fcn, bare, shallow, unet = (
        first[COMPARED[name][1]]
        for name in ("patch classifier", "FCN-8s", "encoder–decoder", "the same, depth 1", "U-Net")
    )
    ratios = {
        7 / 6: in_one_pass() / unet,
        19: patches / unet,
        2: bare / fcn,
        1.25: unet / bare,
        1 / 3: shallow / unet,
        3: unet / shallow,
        1 / 17: in_one_pass() / patches,
        1 - 0.44: first["encoder–decoder, depth 2"] / unet,
    }
    for said, ratio in ratios.items():
        assert ratio == pytest.approx(said, rel=0.06)
    deep = "context: depth 3, skips concat"
    (broken,) = (one for one in experiments()["broken"] if one["row"] == deep)
    assert "between 1,000 and 3,000" in str(broken)
    (seeds,) = (
        one["seeds"]
        for one in experiments()["rows"]
        if (one["row"], one["reading"], one["mark"]) == (deep, TUNED, 3000)
    )
    assert len(seeds) == 10


def test_the_questions_at_the_end_quote_what_was_measured():
    text = (ROOT / "book/10_summary.md").read_text("utf-8")
    first = {row["model"]: row for row in measured()}
    patches = work(first["patch classifier"])
    assert f"costs the patch classifier {patches} multiply–adds patch by patch and {in_one_pass() / 1e6:.0f} M" in text
    half, best = (experiment("plain", reading, 1000, "AP") for reading in (HALF, TUNED))
    assert f"an AP of {half:.2f} at ½ and {best:.2f} at its best threshold" in text
    fcn = experiment("control: FCN-8s", TUNED, 1000, "AP")
    assert f"FCN-8s has an AP of {fcn:.2f} at its best threshold." in text


@pytest.mark.parametrize("table", [comparison, counts, real_nuclei, decisions, gains], ids=lambda table: table.__name__)
def test_a_table_quotes_the_measured_numbers(table):
    assert_chapter_has("10_summary", table())


def test_no_lead_over_a_threshold_is_claimed_for_real_nuclei_because_none_was_measured():
    differences = experiments()["differences"]
    assert not [one for one in differences if "Otsu" in f"{one['row']} {one['minus']}"]
    assert {one["mark"] for one in differences} == {300, 1000, 3000}  # it is a list of what was compared, and not empty
    mean, _, low, high = next(
        one["scores"]["AP"]
        for one in experiments()["floors"]
        if (one["scenes"], one["answer"]) == ("nuclei", "Otsu, watershed")
    )
    text = (ROOT / "book/10_summary.md").read_text("utf-8")
    assert f"cut by a watershed, has {mean:.2f} ({low:.2f} to {high:.2f}), as high as U-Net's at ½." in text
    half, cut = (ap("nuclei: plain", reading) for reading in (HALF, CUT))
    assert half == f"{mean:.2f}"
    assert f"U-Net {half} at ½, {cut} by a watershed; Otsu's threshold, not tuned, by a watershed, {mean:.2f} |" in text


def test_parameters_and_multiply_adds_that_the_chapter_computes_are_the_benchmarks():
    first = {row["model"]: row for row in measured()}
    lines = re.findall(r"^ *(\S.*?) +([\d,]+) parameters +([\d,]+) multiply–adds$", printed("10_summary"), re.MULTILINE)
    counted = {name: (count, work) for name, count, work in lines}
    expected = {name: first[model] for model, name in MODELS.items()}
    assert counted == {name: (parameters(run), f"{run['multiply–adds']:,}") for name, run in expected.items()}
    assert f"patch classifier in one pass: {in_one_pass():,} multiply–adds" in printed("10_summary")


def test_stride_loses_and_the_transpose_restores_sizes_only():
    said = printed("10_summary")
    for line in (
        "(4, 9) · rank 4 · lost directions 5",
        "what the ripple adds to the output: [0 0 0 0]",
        "the transpose, by the matrix: [ 9 18 20 22 36 50 44 38 19]",
        "the transpose, by torch:      [ 9 18 20 22 36 50 44 38 19]",
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
    print(comparison(), counts(), real_nuclei(), decisions(), gains(), sep="\n\n")
