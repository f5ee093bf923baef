"""Chapter 10's tables are what benchmarks/training.py measured, and what it counts is what its text says."""

import json
import math
import re
from statistics import mean

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
FIRST, SECOND = (f"cells: depth {depth}, skips concat" for depth in (1, 2))
FCN = "control: FCN-8s"
ROUND = [
    ("patch classifier, in one pass", "control: patches, all pixels labelled"), ("FCN-8s", FCN),
    ("encoder–decoder, depth 1", SHALLOW), ("encoder–decoder, depth 2", TWICE), ("encoder–decoder, depth 3", BARE),
    ("U-Net, depth 1", FIRST), ("U-Net, depth 2", SECOND), ("U-Net, depth 3", "plain"), ("U-Net, weighted", "border"),
]  # fmt: skip
NUCLEI = [
    *((f"encoder–decoder, depth {depth}", f"nuclei: depth {depth}, skips none") for depth in (1, 2, 3)),
    *((f"U-Net, depth {depth}", f"nuclei: depth {depth}, skips concat") for depth in (1, 2)),
    ("U-Net, depth 3", "nuclei: plain"), ("U-Net, weighted", "nuclei: border"),
    ("U-Net, border class", "nuclei: three classes"),
]  # fmt: skip
SHAPES = [("U-Net", "shapes: plain"), ("U-Net, weighted", "shapes: border")]


def score(row, reading, mark, name):
    """Write a mean, AP with two digits and what is finer with three; or a dash, if it was not measured."""
    if not any((one["row"], one["reading"], one["mark"]) == (row, reading, mark) for one in experiments()["rows"]):
        return "–"
    return f"{experiment(row, reading, mark, name):.{2 if name == 'AP' else 3}f}"


def unlearned(scenes, answer, name):
    """Write the score of an answer without a network."""
    return f"{floor(scenes, answer, name):.{2 if name == 'AP' else 3}f}"


WHOLE = json.loads((ROOT / "benchmarks/results/whole_cells.json").read_text("utf-8"))["rows"]
DRAWN = json.loads((ROOT / "segbook/plot/experiments.json").read_text("utf-8"))["work"]


def whole(network, reading, what):
    """Look up a mean and its standard deviation over seeds among the networks that learned whole cells."""
    return next(one for one in WHOLE if one["network"] == network)[reading][what]


def ap(row, reading, mark=1000):
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


def no_network(scenes, answer, cut=None):
    """Write what an answer without a network scores, as it is and cut by a watershed."""
    areas, outlines, counts = (unlearned(scenes, answer, what) for what in ("IoU", "F per cell", "AP"))
    finer, more = (unlearned(scenes, cut, what) if cut else "–" for what in ("F per cell", "AP"))
    return "–", areas, outlines, finer, counts, "–", more, "–"


# Measured, and not in the chapter's tables, for its text says nothing of them.
UNNAMED = {FIRST, SECOND, *(f"nuclei: depth {depth}, skips none" for depth in (2, 3)), "nuclei: depth 2, skips concat"}


def full(mark):
    """Write the table of all readings."""
    heads = ("work", "IoU", "F per cell", "F, watershed", "AP at ½", "best threshold", "watershed", "both in turn")
    lines = [(f"after {mark:,} steps", *heads)]
    for images, scenes, rows in (
        ("round cells", "cells", ROUND),
        ("odd shapes", "shapes", SHAPES),
        ("real nuclei", "nuclei", NUCLEI),
    ):
        lines.append((f"**{images}**", *[""] * len(heads)))
        for name, row in rows:
            areas, outlines = (score(row, HALF, mark, what) for what in ("IoU", "F per cell"))
            counts = [ap(row, how, mark) for how in (HALF, TUNED, CUT, BOTH)]
            work = f"{DRAWN[row] / 1e6:.0f}"
            if row not in UNNAMED:
                lines.append((name, work, areas, outlines, score(row, CUT, mark, "F per cell"), *counts))
        if mark == 3000:
            continue  # what needs no network stands in the first table
        lines.append(("Otsu's threshold", *no_network(scenes, "Otsu, components", "Otsu, watershed")))
        if scenes == "cells":
            lines.append(("every pixel a cell", *no_network(scenes, "all foreground")))
            lines.append(("the true classes", *no_network(scenes, "truth, components", "truth, watershed")))
            lines.append(("a copy of the target", *no_network(scenes, "carved truth, components")))
    return lines_of(*lines)


def full_1000():
    """Write the table of all readings after 1,000 steps."""
    return full(1000)


def full_3000():
    """Write the table of all readings after 3,000 steps."""
    return full(3000)


IN_WORDS = {HALF: "at ½", TUNED: "at its best threshold", CUT: "by a watershed", BOTH: "by threshold, then watershed"}
GROWN = json.loads((ROOT / "benchmarks/results/regrown.json").read_text("utf-8"))["rows"]


def grown(way, name):
    """Look up a mean over the ten smaller networks of chapter 9, after 1,000 steps."""
    return mean(one["scores"][way][name] for one in GROWN if one["steps"] == 1000)


def best_reading(row, mark, name):
    """Find the reading by which a network scores highest, and what it scores, of all that were measured."""
    read = [one for one in experiments()["rows"] if (one["row"], one["mark"]) == (row, mark)]
    best = max(read, key=lambda one: one["scores"][name][0])
    return best["reading"], best["scores"][name][0]


def beside(first, second, name):
    """Write a score and its rival's so that no line ends between them."""
    digits = 3 if name in ("IoU", "F per cell") else 2
    return f"{first:.{digits}f}&nbsp;vs&nbsp;{second:.{digits}f}"


def rivals(taken, reading, rival, name):
    """Write two scores after 1,000 and after 3,000 steps, the rival at its best reading, and say which that is."""
    both, how = [], []
    for mark in (1000, 3000):
        read, its = best_reading(rival, mark, name)
        both.append(beside(experiment(taken, reading, mark, name), its, name))
        how.append(IN_WORDS[read])
    return how, both


def simplest(scenes, name):
    """Write what Otsu's threshold scores, the better of with and without a watershed."""
    answers = ("Otsu, components", "Otsu, watershed")
    return unlearned(scenes, max(answers, key=lambda answer: floor(scenes, answer, name)), name)


def advice():
    """Write the table of what to take for which kind of images: what it scores, and what Otsu's threshold does."""
    lines = [("your images, and what you want", "take, and read it so", "score", "Otsu")]

    def add(want, take, scenes, name, row, reading):
        lines.append((want, take, score(row, reading, 3000, name), simplest(scenes, name)))

    lines.append(("**round cells**", "", "", ""))
    lines.append(
        (
            "areas: IoU",
            "**encoder–decoder of depth 1**, on whole cells, at ½",
            f"{whole('depth 1', HALF, 'IoU')[0]:.3f}*",
            simplest("cells", "IoU"),
        )
    )
    add("outlines: F per cell", "**U-Net**, by a watershed", "cells", "F per cell", "plain", CUT)
    take = "**encoder–decoder of depth 2**, by threshold, then watershed"
    add("a count: AP", take, "cells", "AP", TWICE, BOTH)
    lines.append(("**odd shapes**", "", "", ""))
    add("outlines: F per cell", "**U-Net**, at ½", "shapes", "F per cell", "shapes: plain", HALF)
    add("a count: AP", "**U-Net**, at its best threshold", "shapes", "AP", "shapes: plain", TUNED)
    lines.append(("**granules**", "", "", ""))
    take = "**U-Net**, at its best threshold"
    add("areas of those that count: IoU", take, "context", "IoU", "context: depth 3, skips concat", TUNED)
    lines.append(("**real nuclei**", "", "", ""))
    _, other = best_reading("nuclei: three classes", 3000, "F per cell")
    take = f"**encoder–decoder of depth 1**, at ½ (a border class: {other:.3f}; not settled)"
    add("outlines: F per cell", take, "nuclei", "F per cell", "nuclei: depth 1, skips none", HALF)
    add("a count: AP", "**U-Net**, by a watershed", "nuclei", "AP", "nuclei: plain", CUT)
    return lines_of(*lines)


def decisions():
    """Write the table of rivals: each choice, its rival at the rival's best reading, and what both score."""
    lines = [("you want", "1,000 steps", "3,000 steps", "the rival")]

    def add(want, rival, numbers):
        lines.append((want, *numbers, rival))

    areas = [whole(network, HALF, "IoU")[0] for network in ("depth 1", "U-Net")]
    add("round cells: areas", "U-Net, likewise: three times the work", (beside(*areas, "IoU"), "–"))
    how, both = rivals("plain", CUT, TWICE, "F per cell")
    assert how == [IN_WORDS[BOTH], IN_WORDS[CUT]]
    add("– outlines", "encoder–decoder of depth 2, both in turn (at 3,000 by a watershed): 44 % less work", both)
    how, both = rivals(TWICE, BOTH, "plain", "AP")
    assert how == [IN_WORDS[BOTH], IN_WORDS[CUT]]
    add("– a count", "U-Net, likewise (at 3,000 by a watershed)", both)
    classes = [whole(network, BOTH, "AP")[0] for network in ("U-Net", "depth 1")]
    rival = "encoder–decoder of depth 1, likewise: a third of the work"
    add("– a count by a U-Net that learned whole cells", rival, (beside(*classes, "AP"), "–"))
    ways = [way for way in GROWN[0]["scores"] if way.startswith("plain")]
    taken, rival = "weighted: at 10/11, grown", "plain: best threshold, watershed, grown"
    assert max(ways, key=lambda way: grown(way, "AP")) == rival
    numbers = "; ".join(beside(grown(taken, one), grown(rival, one), "AP") for one in ("AP", "IoU"))
    want = "– a count and full areas* (AP; IoU): U-Net, weighted, above 10/11, grown back to 1/11"
    add(want, "U-Net, both in turn, grown back to ½", (numbers, "–"))
    how, both = rivals("shapes: plain", HALF, "shapes: border", "F per cell")
    assert how == [IN_WORDS[TUNED]] * 2
    add("odd shapes: outlines", "U-Net, weighted, at its best threshold", both)
    how, both = rivals("shapes: plain", TUNED, "shapes: border", "AP")
    assert how == [IN_WORDS[TUNED]] * 2
    add("– a count", "likewise", both)
    blind = [f"context: depth {depth}, skips none" for depth in (1, 2, 3, 4)]
    for mark in (1000, 3000):
        assert max(blind, key=lambda row: best_reading(row, mark, "IoU")[1]) == blind[1]
    how, both = rivals("context: depth 3, skips concat", TUNED, blind[1], "IoU")
    assert how == [IN_WORDS[TUNED]] * 2
    add("granules", "encoder–decoder of depth 2, the best without skips", both)
    border = "nuclei: three classes"
    how, both = rivals("nuclei: depth 1, skips none", HALF, border, "F per cell")
    assert how == [IN_WORDS[CUT], IN_WORDS[BOTH]]
    rival = "U-Net with a border class, by a watershed (at 3,000 both in turn): three times the work"
    add("real nuclei: outlines", rival, both)
    how, both = rivals("nuclei: plain", CUT, border, "AP")
    assert how[1] == IN_WORDS[CUT]
    assert f"{best_reading(border, 1000, 'AP')[1]:.2f}" == ap(border, CUT)
    add("– a count", "U-Net with a border class, by a watershed", both)
    return lines_of(*lines)


def seen(numbers):
    """Tell whether 0 would stay outside an interval twice as wide, about the same difference."""
    value, low, high = numbers
    return value > 2 * (value - low) if value > 0 else -value > 2 * (high - value)


# (row, read, minus, read, steps, score), quoted with its interval: well away from 0, or said not to be seen.
FEW, ALL, SAME = list(FAIRER)[:3]
RATE = "border, rate 0.002"
CONCLUDED = (
    ("plain", HALF, ALL, HALF, 300, "IoU"),
    (ALL, HALF, "plain", HALF, 3000, "IoU"),
)
UNSEEN = (
    ("plain", HALF, ALL, HALF, 1000, "IoU"),
    (SAME, HALF, FEW, HALF, 1000, "IoU"),
)
# What the table of differences has: words, first, its reading, second, its reading, score; seen after 1,000, after 3,000.
PAIRS = (
    ("encoder–decoder of depth 1 − U-Net", SHALLOW, HALF, "plain", HALF, "IoU", True, True),
    ("U-Net − patch classifier", "plain", HALF, ALL, HALF, "F per cell", True, True),
    ("U-Net − encoder–decoder of depth 3", "plain", HALF, BARE, HALF, "F per cell", True, True),
    ("U-Net − encoder–decoder of depth 2, by a watershed", "plain", CUT, TWICE, CUT, "F per cell", True, True),
    ("U-Net − weighted", "plain", HALF, "border", HALF, "F per cell", True, True),
    ("weighted − U-Net, at best thresholds and equal rates", RATE, TUNED, "plain", TUNED, "F per cell", False, False),
    ("U-Net − encoder–decoder of depth 2, both in turn", "plain", BOTH, TWICE, BOTH, "AP", False, False),
    (
        "nuclei: U-Net − encoder–decoder, both of depth 1",
        "nuclei: depth 1, skips concat",
        HALF,
        "nuclei: depth 1, skips none",
        HALF,
        "F per cell",
        False,
        False,
    ),
    ("nuclei: border class − U-Net", "nuclei: three classes", HALF, "nuclei: plain", HALF, "AP", True, True),
    ("nuclei: weighted − U-Net", "nuclei: border", HALF, "nuclei: plain", HALF, "AP", False, False),
    (
        "nuclei: border class − U-Net, by a watershed",
        "nuclei: three classes",
        CUT,
        "nuclei: plain",
        CUT,
        "AP",
        False,
        False,
    ),
    (
        "odd shapes: weighted − U-Net, at best thresholds",
        "shapes: border",
        TUNED,
        "shapes: plain",
        TUNED,
        "AP",
        False,
        False,
    ),
)


def differences():
    """Write the table of the paired differences on which the text leans, in bold what is seen."""
    lines = [("first − second, at ½ unless stated", "score", "1,000 steps", "3,000 steps")]
    for words, first, how, second, other, what, *_ in PAIRS:
        both = [difference(first, how, second, other, mark, what) for mark in (1000, 3000)]
        lines.append((words, what, *(f"**{interval(one)}**" if seen(one) else interval(one) for one in both)))
    return lines_of(*lines)


@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: pair[0])
def test_a_difference_of_the_table_is_seen_or_not_as_the_text_says(pair):
    _, *quoted, early, late = pair
    for mark, said in ((1000, early), (3000, late)):
        assert seen(difference(*quoted[:4], mark, quoted[4])) is said


@pytest.mark.parametrize("quoted", [*CONCLUDED, *UNSEEN], ids=str)
def test_a_difference_stands_in_the_chapter_with_its_interval(quoted):
    numbers = difference(*quoted)
    assert seen(numbers) is (quoted in CONCLUDED)
    assert interval(numbers) in (ROOT / "book/10_summary.md").read_text("utf-8")


def test_a_difference_is_seen_if_0_stays_outside_an_interval_twice_as_wide():
    assert [seen(numbers) for numbers in ((4, 2.5, 5), (4, 1.9, 9), (-4, -9, -2.5), (-4, -5, -1.9), (0, -1, 1))] == [
        True,
        False,
        True,
        False,
        False,
    ]


# What the chapter says in words, or by two numbers of its tables: the first scores higher than the second.
SAID = (
    ("plain", HALF, "border", HALF, 1000, "IoU"),
    ("border", HALF, "plain", HALF, 1000, "AP"),
    (SHALLOW, HALF, "plain", HALF, 3000, "IoU"),
    ("plain", HALF, SHALLOW, HALF, 3000, "F per cell"),
    ("context: depth 3, skips concat", TUNED, "context: depth 2, skips none", TUNED, 1000, "IoU"),
    ("shapes: border", HALF, "shapes: plain", HALF, 3000, "AP"),
    ("context: depth 3, skips concat", TUNED, "context: depth 1, skips concat", TUNED, 1000, "IoU"),
    ("plain", CUT, "border", HALF, 3000, "IoU"),
    ("border", HALF, "plain", HALF, 3000, "AP"),
    ("plain", HALF, "border", HALF, 3000, "IoU"),
    ("shapes: border", HALF, "shapes: plain", HALF, 1000, "AP"),
    ("context: depth 3, skips concat", TUNED, "context: depth 2, skips concat", TUNED, 1000, "IoU"),
)


@pytest.mark.parametrize("said", SAID, ids=str)
def test_what_is_said_in_words_has_its_interval_well_above_0(said):
    assert seen(difference(*said))
    assert difference(*said)[1] > 0


def test_what_is_said_of_the_pictures_is_in_them():
    rows = {one["row"]: one["scores"] for one in experiments()["rows"] if (one["mark"], one["reading"]) == (1000, HALF)}
    without = [rows[row] for _, row in ROUND if row != "border"]
    otsu = floor("cells", "Otsu, watershed", "AP")
    assert max(scores["AP"][3] for scores in without) < 0.2 < otsu
    assert min(scores["merged"][2] for scores in without) > 0.5
    text = (ROOT / "book/10_summary.md").read_text("utf-8")
    early, late = ([ap(row, HALF, mark) for row in ("plain", FCN)] for mark in (1000, 3000))
    assert (
        f"U-Net read at ½ has an AP of {early[0]} after 1,000 steps of training, and of {late[0]} after 3,000." in text
    )
    assert f"It has {otsu:.2f}. At ½ the networks merge many cells, and after 1,000 steps most of them." in text
    assert f"FCN-8s has only {early[1]}, and after 3,000 steps {late[1]}." in text
    for who, scores in zip(("U-Net", "FCN-8s"), zip(early, late, strict=True), strict=True):
        assert "{} at ½: AP {}, after 3,000 steps {}\n".format(who, *scores) in printed("10_summary")
    assert f"Cut by the same watershed, U-Net has {ap('plain', CUT)}." in text
    at_half = [ap(row, HALF, 3000) for row in ("plain", "border", "shapes: plain", "shapes: border")]
    said = "raise the AP at ½ from {} to {} on round cells, and from {} to {} on odd shapes.".format(*at_half)
    assert said in text
    at_half = [ap(row, HALF, 3000) for row in ("nuclei: plain", "nuclei: three classes")]
    assert "a class of their own, raises it from {} to {}.".format(*at_half) in text
    assert floor("nuclei", "truth, components", "AP") > 0.5  # most of them stand alone
    in_turn = [ap(row, BOTH) for _, row in ROUND if row != "border" and ap(row, BOTH) != "–"]
    assert len(in_turn) == 6
    assert (
        f"By threshold, then watershed, the six without weights that were measured score at least {min(in_turn)}, and"
        in text
    )
    outlines, areas = ({row: rows[row][what][0] for _, row in ROUND} for what in ("F per cell", "IoU"))
    assert max(outlines, key=outlines.get) == "plain"
    assert min(outlines, key=outlines.get) == FCN
    assert max(areas, key=areas.get) == SHALLOW
    assert outlines[FCN] <= floor("cells", "Otsu, components", "F per cell")
    assert areas[FCN] <= floor("cells", "Otsu, components", "IoU")
    for name in (FCN, "control: patches, all pixels labelled"):
        for mark in (1000, 3000):
            assert all(
                experiment(SHALLOW, HALF, mark, s) > experiment(name, HALF, mark, s) for s in ("IoU", "F per cell")
            )
        assert DRAWN[SHALLOW] < DRAWN[name]
    assert DRAWN[TWICE] == pytest.approx(DRAWN["control: patches, all pixels labelled"] / 2, rel=0.06)
    assert DRAWN[TWICE] > DRAWN[FCN]
    assert far(2, "none") == without_skips_at_best(1000)
    with_skips = [far(depth, "concat") for depth in (1, 2, 3, 4)]
    said = "A U-Net has an IoU of {} at depth 1, {} at depth 2, {} at depth 3 and {} at depth 4".format(*with_skips)
    assert said in text
    assert f"without skips it is {far(2, 'none')} at best (depth 2)." in text
    assert max(with_skips) == with_skips[2]
    assert f"Marking every granule scores {floor('context', 'all granules', 'IoU'):.2f}." in text
    close = [best_reading(row, 1000, "F per cell")[1] for row in (TWICE, "plain")]
    said = "the encoder–decoder of depth 2 comes close after 1,000 steps ({:.3f} to {:.3f}), but after 3,000 it is"
    assert said.format(*close) in text
    assert all(seen(difference("plain", how, TWICE, how, 3000, "F per cell")) for how in (HALF, TUNED, CUT, BOTH))
    assert ap(SHALLOW, BOTH) > ap(FCN, BOTH)
    assert ap(TWICE, BOTH) > ap("control: patches, all pixels labelled", BOTH)
    late = experiment("context: depth 3, skips concat", TUNED, 3000, "IoU")
    half = experiment("context: depth 3, skips concat", HALF, 3000, "IoU")
    (broken,) = (one for one in experiments()["broken"] if one["row"] == "context: depth 3, skips concat")
    assert (
        math.ceil(100 * (9 + broken["IoU"][-1]) / 10) / 100 < late
    )  # so its threshold rescued the run that broke down
    assert f"broke down to {broken['IoU'][-1]:.2f})" in text
    assert f"no mean of ten exceeds {math.ceil(10 * (9 + broken['IoU'][-1])) / 100:.2f}." in text
    said = f"the best without skips has {without_skips_at_best(3000)}, and U-Net of depth 3 has {late:.2f} (at ½ {half:.2f}"
    assert said in text
    assert {floor("cells", "carved truth", what) for what in ("F per cell", "AP")} == {1}
    half, best, cut = (ap("plain", reading) for reading in (HALF, TUNED, CUT))
    late = [ap("plain", reading, 3000) for reading in (HALF, TUNED, CUT)]
    said = f"AP of U-Net on round cells: {half} at ½, {best} at the best threshold, {cut} by a watershed; after 3,000 steps "
    assert said + "{}, {} and {} |".format(*late) in text
    assert float(ap("plain", HALF)) < float(best)
    assert ap("shapes: plain", CUT) < ap("shapes: plain", TUNED)  # cuts through long and bent cells
    assert ap("nuclei: plain", CUT) > ap("nuclei: plain", TUNED)


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
    hits = {name: metrics.instance_counts(found[None], ids, thresholds=(0.5,)) for name, found in ways.items()}
    assert metrics.average_precision(hits["weights"])[0] < experiment("border", HALF, 1000, "AP")  # harder than most
    assert metrics.average_precision(hits["cut"])[0] < experiment("plain", CUT, 1000, "AP")
    assert metrics.average_precision(hits["half"])[0].item() == 0
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
    assert f"U-Net has an IoU of {said[0]} and depth 1 {said[1]} (± is a standard deviation over three seeds" in text
    assert areas[0][0] > experiment("plain", HALF, 1000, "IoU")
    assert areas[1][0] > experiment(SHALLOW, HALF, 1000, "IoU")
    outlines = difference("plain", HALF, BARE, HALF, 1000, "F per cell")
    assert f"U-Net leads the encoder–decoder of the same depth by {outlines[0]:.3f}." in text
    early, late = (difference(SHALLOW, HALF, "plain", HALF, mark, "IoU") for mark in (1000, 3000))
    assert f"of depth 1 leads U-Net by {early[0]:.3f}, and by {late[0]:.3f} after 3,000 steps, when U-Net has" in text
    assert experiment("plain", HALF, 3000, "AP") > experiment("plain", HALF, 1000, "AP")  # it has opened more gaps
    assert f"If both learn whole cells, the lead is gone: U-Net is ahead by {areas[0][0] - areas[1][0]:.3f}." in text
    learned = experiment("plain", HALF, 1000, "IoU")
    assert f"IoU of U-Net: {areas[0][0]:.3f} if it learned whole cells, {learned:.3f} if it learned gaps" in text
    assert areas[0][0] - areas[0][1] > areas[1][0] + areas[1][1]
    cut, in_turn = (whole("U-Net", reading, "AP") for reading in (CUT, BOTH))
    assert "that U-Net has an AP of {:.2f} ± {:.2f}".format(*cut) in text
    assert "by threshold, then watershed {:.2f} ± {:.2f}.".format(*in_turn) in text
    assert rf"can still count round cells, by threshold, then watershed (AP {in_turn[0]:.2f}\*)." in text
    weights = difference("plain", HALF, "border", HALF, 1000, "F per cell")
    assert f"F per cell falls by {weights[0]:.3f}. In this page's networks" in text
    with_gaps = re.findall(r"gap opened +\d+ %, recall [\d.]+, precision ([\d.]+)", printed("10_summary"))
    said = "{1} of the drawn boundary pixels lie near one of the target and its gaps, down from {0}."
    assert said.format(*with_gaps) in text
    skips, bare = (score(row, HALF, 1000, "F per cell") for row in ("plain", BARE))
    assert f"on round cells, F per cell is {skips} with skips and {bare} without." in text
    others = difference("plain", HALF, "control: skips of another image", HALF, 1000, "F per cell")
    assert seen(others)
    assert f"those of another image, a U-Net scores {others[0]:.3f} less, which is about as without skips." in text
    assert not seen(difference("control: skips of another image", HALF, BARE, HALF, 1000, "F per cell"))
    early, late = (difference(RATE, TUNED, "plain", TUNED, mark, "F per cell") for mark in (1000, 3000))
    assert not seen(early)
    assert f"weights are ahead by {early[0]:.3f} after 1,000 steps, which we do not call seen, and no longer" in text
    assert late[0] < 0


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
    assert "an IoU of 3/4. Both are hits, so AP is 1." in text


def test_the_words_for_work_and_for_the_run_that_broke_down_are_right():
    first = {row["model"]: row["multiply–adds"] for row in measured()}
    patches, unet, shallow = (DRAWN[row] for row in ("patch by patch", "plain", SHALLOW))
    assert patches == first["patch classifier"]
    ratios = {
        7 / 6: in_one_pass() / unet,
        19: patches / unet,
        1 / 3: DRAWN[FCN] / in_one_pass(),
        3: unet / shallow,
        1 - 0.44: DRAWN[TWICE] / unet,
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
    early, late = ([ap("plain", reading, mark) for reading in (HALF, TUNED)] for mark in (1000, 3000))
    said = "an AP of {} at ½ and {} at its best threshold (after 3,000: {} and {})."
    assert said.format(*early, *late) in text
    fcn = experiment("control: FCN-8s", TUNED, 1000, "AP")
    assert f"FCN-8s has an AP of {fcn:.2f} at its best threshold." in text


@pytest.mark.parametrize(
    "table", [advice, decisions, full_1000, full_3000, differences], ids=lambda table: table.__name__
)
def test_a_table_quotes_the_measured_numbers(table):
    assert_chapter_has("10_summary", table())


def test_no_lead_over_a_threshold_is_claimed_for_real_nuclei_because_none_was_measured():
    differences = experiments()["differences"]
    assert not [one for one in differences if "Otsu" in f"{one['row']} {one['minus']}"]
    assert {one["mark"] for one in differences} == {300, 1000, 3000}  # it is a list of what was compared, and not empty
    found, _, low, high = next(
        one["scores"]["AP"]
        for one in experiments()["floors"]
        if (one["scenes"], one["answer"]) == ("nuclei", "Otsu, watershed")
    )
    text = (ROOT / "book/10_summary.md").read_text("utf-8")
    assert (
        f"cut by a watershed, has {found:.2f} ({low:.2f} to {high:.2f}), as high as U-Net's at ½ after 3,000." in text
    )
    assert ap("nuclei: plain", HALF, 3000) == f"{found:.2f}"


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
    print(advice(), decisions(), full(1000), full(3000), differences(), sep="\n\n")
